package org.jowa.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** HDFS and YARN on the loopback interface, in a JVM of their own. */
final class HadoopCluster implements AutoCloseable {
  private static final Path BUILD = Jowa.PROJECT.resolve("integration-tests/hadoop/target");

  private final Path folder;
  private final ChildProcess process;
  private final String hdfs;

  private HadoopCluster(Path folder, ChildProcess process) {
    this.folder = folder;
    this.process = process;
    this.hdfs = process.awaitLine("Ready at (hdfs://\\S+)");
  }

  /**
   * @param folder for everything that they write
   */
  static HadoopCluster start(Path folder) {
    try {
      Files.createDirectories(folder);
      String jar = BUILD.resolve("integration-tests-hadoop-0.1.0-SNAPSHOT.jar").toString();
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
      command.add("-Xmx512m");
      for (String opened : List.of("lang", "io", "util")) {
        command.add("--add-opens=java.base/java." + opened + "=ALL-UNNAMED");
      }
      command.add("-cp");
      command.add(jar + ":" + Files.readString(BUILD.resolve("jars.txt")).strip());
      command.add("org.jowa.it.hadoop.MiniHadoop");
      command.add(folder.toString());
      // It ends with this JVM, whatever ends that: its standard input ends too.
      return new HadoopCluster(
          folder, ChildProcess.start(folder.resolve("hadoop.log"), command, Map.of()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Folder with {@code core-site.xml} and others, for {@code HADOOP_CONF_DIR}. */
  Path configuration() {
    return folder.resolve("conf");
  }

  /**
   * A folder for the {@code PATH} with Hadoop's {@code hdfs} command, as far as scripts use it: the
   * classes are Hadoop's own, its scripts are on no Maven repository.
   */
  Path commands() throws IOException {
    Path commands = Files.createDirectories(folder.resolve("bin"));
    // Of Hadoop's distribution too, so that standard output is for answers.
    Files.writeString(
        commands.resolve("log4j.properties"),
        """
        log4j.rootLogger=WARN,console
        log4j.appender.console=org.apache.log4j.ConsoleAppender
        log4j.appender.console.target=System.err
        log4j.appender.console.layout=org.apache.log4j.PatternLayout
        log4j.appender.console.layout.ConversionPattern=%p %m%n
        """);
    Path script = commands.resolve("hdfs");
    Files.writeString(
        script,
        """
        #!/usr/bin/env bash
        case "$1" in
          dfs) main=org.apache.hadoop.fs.FsShell ;;
          getconf) main=org.apache.hadoop.hdfs.tools.GetConf ;;
          *) echo "hdfs: no $1 here" >&2; exit 1 ;;
        esac
        exec java -Xmx256m -cp "%s:%s:%s" "$main" "${@:2}"
        """
            .formatted(
                commands, configuration(), Files.readString(BUILD.resolve("jars.txt")).strip()));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return commands;
  }

  FileSystem fileSystem() throws IOException {
    Configuration configuration = new Configuration();
    configuration.set("fs.defaultFS", hdfs);
    return FileSystem.newInstance(configuration);
  }

  /** The last lines of every container's standard error, newest application last. */
  String logs() {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.endsWith("stderr"))
          .sorted()
          .map(ChildProcess::tail)
          .collect(Collectors.joining("\n\n"));
    } catch (IOException | UncheckedIOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
