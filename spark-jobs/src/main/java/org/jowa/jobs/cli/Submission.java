package org.jowa.jobs.cli;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jowa.jobs.process.NamelessUser;
import org.jowa.jobs.process.ProcessEnvironment;
import org.jowa.jobs.spark.AssignedDevice;
import org.jspecify.annotations.Nullable;

/**
 * One spark-submit line: environment, options and our command.
 *
 * <p>Only what has to be known before the driver's JVM starts stands here; every other setting is
 * made by the job itself where the user has not made it, so that a plain spark-submit of a user's
 * own needs no more than the class and the jars.
 *
 * @param environment of the driver's process
 * @param jvmOptions of the process that is started here, the driver's or one that submits it
 * @param sparkSubmit the distribution's script; empty for a Spark put together from jars
 * @param options of spark-submit, the application jar included
 * @param arguments our command and its options
 */
record Submission(
    Map<String, String> environment,
    List<String> jvmOptions,
    Optional<Path> sparkSubmit,
    List<String> options,
    List<String> arguments) {

  private static final String MAIN = "org.jowa.jobs.Main";

  /** Most of a job's memory is torch's and Arrow's and lies outside the heap. */
  private static final String DRIVER_HEAP = "1500m";

  /** The process that submits has these options whatever the user's defaults for drivers are. */
  private static final String SUBMIT_OPTIONS = "SPARK_SUBMIT_OPTS";

  /** Such a driver waits most of the time: optimised code would come too late for its start. */
  private static final String QUICK_START = "-XX:TieredStopAtLevel=1";

  /** A driver in the cluster gets its environment from the cluster manager. */
  private static final Map<String, String> CLUSTERS_DRIVER_ENVIRONMENT =
      Map.of("yarn", "spark.yarn.appMasterEnv.", "k8s", "spark.kubernetes.driverEnv.");

  private static final String EXECUTOR_CLASS_PATH = "spark.executor.extraClassPath";

  static Submission of(Installation installation, SparkOptions spark, JobCommand command) {
    String master = master(spark, command);
    boolean inDriver = isInDriver(master);
    Optional<String> jarsRoot = installation.jarsRoot(master).filter(root -> !inDriver);
    boolean oneMachine = inDriver || (jarsRoot.isEmpty() && isOnThisMachine(master));
    boolean clientMode = !driverInCluster(spark);

    List<String> options = new ArrayList<>(List.of("--class", MAIN, "--master", master));
    if (clientMode && spark.value("--driver-memory", "spark.driver.memory").isEmpty()) {
      options.addAll(List.of("--driver-memory", DRIVER_HEAP));
    }
    if (!clientMode && !spark.conf().containsKey("spark.app.name")) {
      // The cluster manager shows, and makes names of, the one that it was submitted under.
      options.addAll(List.of("--name", "jowa " + command.arguments().get(0)));
    }
    // On one machine the class path will do; --jars would copy 230 MB to each executor.
    String jarOption = oneMachine ? "--driver-class-path" : "--jars";
    String separator = oneMachine ? File.pathSeparator : ",";
    Function<Path, String> address =
        jarsRoot
            .<Function<Path, String>>map(root -> jar -> root + "/" + jar.getFileName())
            .orElse(Path::toString);
    options.add(jarOption);
    options.add(jars(installation, spark.values().get(jarOption), separator, address));
    options.addAll(spark.argumentsWithout(List.of("--master", jarOption)));
    if (oneMachine && !inDriver) {
      String jars = jars(installation, spark.conf().get(EXECUTOR_CLASS_PATH), separator, address);
      options.addAll(List.of("--conf", EXECUTOR_CLASS_PATH + "=" + jars));
    }
    Map<String, String> drivers = new TreeMap<>(ProcessEnvironment.of(command.threadsPerTask()));
    if (command.usesGpus() || spark.conf().containsKey(AssignedDevice.GPUS_A_TASK)) {
      drivers.putAll(ProcessEnvironment.ofGpus());
    }
    Map<String, String> environment = new TreeMap<>();
    if (clientMode) {
      environment.putAll(drivers);
    } else {
      options.addAll(clustersDriver(master, drivers, spark));
    }
    options.add(address.apply(installation.application()));

    List<String> jvmOptions = new ArrayList<>();
    if (!inDriver) {
      jvmOptions.add(QUICK_START);
    }
    // The JVM doesn't know the variable by itself.
    Optional.ofNullable(System.getenv("TMPDIR"))
        .filter(folder -> !folder.isBlank())
        .ifPresent(folder -> jvmOptions.add("-Djava.io.tmpdir=" + folder));
    NamelessUser.home(System.getProperties(), System.getenv())
        .ifPresent(home -> jvmOptions.add("-Duser.home=" + home));
    if (!jvmOptions.isEmpty()) {
      Stream<String> given = Stream.ofNullable(System.getenv(SUBMIT_OPTIONS));
      environment.put(
          SUBMIT_OPTIONS,
          Stream.concat(jvmOptions.stream().map(Submission::asOneOption), given)
              .collect(Collectors.joining(" "))
              .strip());
    }
    if (oneMachine) {
      environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    }
    return new Submission(
        environment, jvmOptions, installation.sparkSubmit(), options, command.arguments());
  }

  /** What gives a driver in the cluster the variables that the user hasn't given it. */
  private static List<String> clustersDriver(
      String master, Map<String, String> variables, SparkOptions spark) {
    List<String> options = new ArrayList<>();
    String prefix = CLUSTERS_DRIVER_ENVIRONMENT.get(master.replaceFirst("://.*", ""));
    if (prefix != null) {
      variables.forEach(
          (name, value) -> {
            if (!spark.conf().containsKey(prefix + name)) {
              options.addAll(List.of("--conf", prefix + name + "=" + value));
            }
          });
    }
    return options;
  }

  /** Spark takes options apart at blanks, but for those in quotation marks. */
  private static String asOneOption(String option) {
    return option.contains(" ") ? '"' + option + '"' : option;
  }

  /** Whether the driver runs in the cluster, not on the machine that submits. */
  static boolean driverInCluster(SparkOptions spark) {
    return spark.value("--deploy-mode", "spark.submit.deployMode").equals(Optional.of("cluster"));
  }

  /** Whether tasks run in the driver's process. */
  static boolean isInDriver(String master) {
    return master.startsWith("local") && !master.startsWith("local-cluster");
  }

  /** The master that a command runs on. */
  static String master(SparkOptions spark, JobCommand command) {
    return spark.value("--master", "spark.master").orElse("local[" + command.slots() + "]");
  }

  /** Executors of a master that only this machine can reach find our jars where we do. */
  private static boolean isOnThisMachine(String master) {
    return master.startsWith("local-cluster")
        || master.matches("spark://(localhost|127\\.\\d+\\.\\d+\\.\\d+):\\d+");
  }

  /** Ours after those that the user gave, if any. */
  private static String jars(
      Installation installation,
      @Nullable String given,
      String separator,
      Function<Path, String> address) {
    Stream<String> ours = installation.dependenciesBesideSpark().stream().map(address);
    return Stream.concat(Stream.ofNullable(given), ours).collect(Collectors.joining(separator));
  }

  /** The words of the process to run. */
  List<String> process() {
    List<String> words = new ArrayList<>(List.of("env"));
    environment.forEach((name, value) -> words.add(name + "=" + value));
    if (sparkSubmit.isEmpty()) {
      List<String> process = SparkLauncher.command(options, arguments);
      words.add(process.get(0));
      // The launcher saw the environment as it was before.
      words.addAll(jvmOptions);
      words.addAll(process.subList(1, process.size()));
    } else {
      words.add(sparkSubmit.get().toString());
      words.addAll(options);
      words.addAll(arguments);
    }
    return words;
  }

  /** The words of a plain JVM that runs the command, Spark's jars on its class path. */
  List<String> withoutSpark(Installation installation) {
    List<String> words = new ArrayList<>(List.of("env"));
    environment.forEach((name, value) -> words.add(name + "=" + value));
    List<String> java = installation.java();
    words.add(java.get(0));
    words.addAll(jvmOptions);
    words.addAll(java.subList(1, java.size()));
    words.add(MAIN);
    words.addAll(arguments);
    return words;
  }

  /** The line as a person would type it, one option a line. */
  String asShellLine() {
    StringBuilder line = new StringBuilder();
    environment.forEach((name, value) -> line.append(name + "=" + quote(value) + " "));
    line.append(sparkSubmit.map(script -> quote(script.toString())).orElse("spark-submit"));
    String before = "";
    for (String option : options) {
      boolean isValue = before.startsWith("--") && !option.startsWith("--");
      line.append(isValue ? " " : " \\\n  ").append(quote(option));
      before = option;
    }
    arguments.forEach(argument -> line.append(" ").append(quote(argument)));
    return line.toString();
  }

  private static String quote(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
