package org.jowa.jobs.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jowa.env.ale.EmulatorJars;
import org.jowa.error.UsageException;
import org.jowa.jobs.process.JavaVersions;
import org.jowa.jobs.process.NamelessUser;
import org.jowa.process.FileNames;
import org.jowa.process.MachineLocale;

/**
 * What {@code bin/jowa} runs first, in a small JVM without Spark: checks the command line and
 * writes the command to run to the file named by {@code jowa.request}, its words separated by NUL
 * and all of it in base64. Help and {@code --dry-run} are answered here, and the file stays empty.
 */
public final class Front {
  private static final Pattern RUN = Pattern.compile("--run[ =](\\S+)");

  private Front() {}

  /**
   * @param args all words after {@code bin/jowa}
   */
  public static void main(String[] args) throws IOException {
    MachineLocale.use();
    int status = CommandLines.reporting(List.of(args), () -> submit(List.of(args)));
    if (status != CommandLines.OK) {
      System.exit(status);
    }
  }

  private static int submit(List<String> args) throws IOException {
    SparkOptions spark = SparkOptions.split(args);
    CommandLines.Parsed parsed = CommandLines.parse(spark.rest());
    if (parsed.command().isEmpty()) {
      return parsed.status();
    }
    JobCommand command = parsed.command().get();
    if (spark.values().containsKey("--class")) {
      throw new UsageException("Option --class of spark-submit is ours: it is org.jowa.jobs.Main");
    }
    args.forEach(FileNames::requireUsable);
    command.check();
    Installation installation = Installation.fromProperties();
    if (command.playsGames() && !installation.hasJar("ale") && !spark.bringsJar("ale")) {
      throw EmulatorJars.missing();
    }
    Submission submission = Submission.of(installation, spark, command);
    if (command.dryRun()) {
      System.out.println(submission.asShellLine());
      return CommandLines.OK;
    }
    if (!command.examinesMachine()) {
      JavaVersions.require(installation.sparkVersion(), Runtime.version().feature());
      requireTemporaryFolder(Path.of(System.getProperty("java.io.tmpdir")));
    }
    String master = Submission.master(spark, command);
    ClusterManager.require(master, installation, System.getenv());
    NamelessUser.requireNameOrLocal(Submission.isInDriver(master));
    if (Submission.driverInCluster(spark)) {
      System.err.println("jowa: " + whereItShows(command.arguments()));
    }
    spark.secretsInConfigMap().forEach(Front::warnOfSecret);
    List<String> process =
        command.needsSpark() ? submission.process() : submission.withoutSpark(installation);
    byte[] request = String.join("\0", process).getBytes(StandardCharsets.UTF_8);
    Files.write(Path.of(System.getProperty("jowa.request")), Base64.getEncoder().encode(request));
    return CommandLines.OK;
  }

  private static void requireTemporaryFolder(Path folder) {
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new UsageException(
          "Temporary files go to %s, which is no folder that can be written: set TMPDIR to one that can"
              .formatted(folder));
    }
  }

  /** The console stays silent until the command ends. */
  private static String whereItShows(List<String> arguments) {
    Matcher run = RUN.matcher(String.join(" ", arguments));
    return "the driver runs in the cluster and writes to its log there"
        + (run.find() ? "; bin/jowa status %s tells how far it is".formatted(run.group(1)) : "");
  }

  private static void warnOfSecret(String setting) {
    System.err.println(
        "jowa: warning: Spark writes "
            + setting
            + " into the driver's config map, as it stands: name a Kubernetes secret by"
            + " spark.kubernetes.{driver,executor}.secretKeyRef.VARIABLE=SECRET:KEY instead");
  }
}
