package org.jowa.jobs.cli;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where our jars and Spark's are on this machine.
 *
 * @param home the checkout or the unpacked archive
 * @param sparkHome a Spark distribution, or the one that {@code bin/jowa} put together
 * @param application the jar with {@code org.jowa.jobs.Main}
 * @param dependencies all jars that the application needs at run time
 * @param jarsRoot where the nodes of a cluster find these jars, if the user says so
 */
record Installation(
    Path home,
    Path sparkHome,
    Path application,
    List<Path> dependencies,
    Optional<String> jarsRoot) {

  /** Where our container images have them. */
  private static final String IMAGE_JARS_ROOT = "local:///opt/jowa/lib";

  /** A library that {@code bin/jowa} demands. */
  private static final Pattern SPARK_LAUNCHER = Pattern.compile("spark-launcher_2\\.13-(.*)\\.jar");

  /** Classes that Spark has in other jars: bridged to its logging, or shaded. */
  private static final Set<String> PRESENT_UNDER_OTHER_NAMES =
      Set.of("commons-logging", "slf4j-api");

  /** As {@code bin/jowa} passes it on. */
  static Installation fromProperties() {
    return new Installation(
        Path.of(System.getProperty("jowa.home")),
        Path.of(System.getenv("SPARK_HOME")),
        Path.of(System.getProperty("jowa.application")),
        Arrays.stream(System.getProperty("jowa.dependencies").split(":")).map(Path::of).toList(),
        Optional.ofNullable(System.getenv("JOWA_JARS_ROOT")).filter(root -> !root.isBlank()));
  }

  /** A distribution's own spark-submit, which a Spark put together from jars does not have. */
  Optional<Path> sparkSubmit() {
    return Optional.of(sparkHome.resolve("bin/spark-submit")).filter(Files::isExecutable);
  }

  /**
   * The dependencies that Spark does not bring in any version: two versions of one library on a
   * class path would be worse than Spark's own.
   */
  List<Path> dependenciesBesideSpark() {
    Set<String> present = new HashSet<>(PRESENT_UNDER_OTHER_NAMES);
    present.addAll(artifacts(sparkHome.resolve("jars")));
    return dependencies.stream().filter(jar -> !present.contains(artifact(jar))).toList();
  }

  /** Whether a library, given by its artifact's name, is among the dependencies. */
  boolean hasJar(String artifact) {
    return dependencies.stream().anyMatch(jar -> artifact(jar).equals(artifact));
  }

  /** Whether Spark has a library of its own, given by its artifact's name. */
  boolean sparkHas(String artifact) {
    return artifacts(sparkHome.resolve("jars")).contains(artifact);
  }

  /** The version in the names of Spark's jars. */
  String sparkVersion() {
    try (Stream<Path> files = Files.list(sparkHome.resolve("jars"))) {
      return files
          .map(jar -> SPARK_LAUNCHER.matcher(jar.getFileName().toString()))
          .filter(Matcher::matches)
          .map(name -> name.group(1))
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The URI of the folder in which the nodes of a cluster have the jars already, so that a start
   * sends them nothing; empty when they are to be sent.
   */
  Optional<String> jarsRoot(String master) {
    Optional<String> known =
        master.startsWith("k8s://") ? jarsRoot.or(() -> Optional.of(IMAGE_JARS_ROOT)) : jarsRoot;
    return known.map(root -> root.replaceFirst("/+$", ""));
  }

  /** A JVM with all jars on its class path and the doors open that Arrow wants open. */
  List<String> java() {
    List<String> classPath = new ArrayList<>(List.of(application.toString()));
    dependenciesBesideSpark().forEach(jar -> classPath.add(jar.toString()));
    classPath.add(sparkHome.resolve("conf").toString());
    // As Spark's launcher does: what hdfs:/// means stands there.
    Stream.of("HADOOP_CONF_DIR", "YARN_CONF_DIR")
        .map(System::getenv)
        .filter(folder -> folder != null && !folder.isBlank())
        .forEach(classPath::add);
    classPath.add(sparkHome.resolve("jars") + "/*");
    return List.of(
        Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "-Xmx1g",
        "-Djowa.home=" + home,
        "-cp",
        String.join(File.pathSeparator, classPath));
  }

  private static Set<String> artifacts(Path jars) {
    try (Stream<Path> files = Files.list(jars)) {
      return files.map(Installation::artifact).collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code netty-common-4.2.7.Final.jar} is {@code netty-common}; natives keep their platform. */
  private static String artifact(Path jar) {
    String name = jar.getFileName().toString().replaceFirst("\\.jar$", "");
    String artifact = name.replaceFirst("-\\d.*$", "");
    return name.endsWith("-linux-x86_64") ? artifact + "-linux-x86_64" : artifact;
  }
}
