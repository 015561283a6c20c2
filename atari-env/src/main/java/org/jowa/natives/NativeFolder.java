package org.jowa.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder that native libraries are unpacked to, about 600 MB once torch and the emulator are
 * up.
 *
 * <p>In a container of a cluster manager it is the container's own: the local folder that the
 * manager gave to Spark, which has room, can be written where the root file system can't, and goes
 * when the container goes. Each executor unpacks once. A standalone Worker outlives its executors
 * and has a folder that only its own user can enter: whichever executor comes first unpacks for all
 * that come after, and both libraries see to it that others find whole files. On a machine of the
 * user's own, DJL's and JavaCPP's caches in the home folder are kept from run to run, and a folder
 * under {@code java.io.tmpdir} takes their place when there is no home to write to.
 *
 * <p>Both libraries and JNA read their settings once, so {@link #use()} comes before the first
 * class of theirs. What the user has set, as system property or in the environment, stays.
 */
public final class NativeFolder {
  /** DJL looks for it in the environment and among the system properties. */
  private static final String DJL = "DJL_CACHE_DIR";

  private static final String JAVACPP = "org.bytedeco.javacpp.cachedir";
  private static final String JNA = "jna.tmpdir";
  private static final String NAME = "jowa-natives";

  /** How a user chooses another folder. */
  public static final String REMEDY =
      "choose another folder with DJL_CACHE_DIR=DIR in the environment (that of executors:"
          + " --conf spark.executorEnv.DJL_CACHE_DIR=DIR), or for JavaCPP's part alone with"
          + " -Dorg.bytedeco.javacpp.cachedir=DIR";

  private NativeFolder() {}

  /** Points the libraries that unpack natives to the folder. Later calls change nothing. */
  public static synchronized void use() {
    Properties properties = System.getProperties();
    String users = System.getenv(DJL);
    if (users != null && !users.isBlank()) {
      // Whoever moves the one cache has a reason to move the other.
      useBeside(Path.of(users), properties);
      return;
    }
    choose(System.getenv(), properties)
        .ifPresent(
            folder -> {
              properties.putIfAbsent(DJL, folder.resolve("djl").toString());
              useBeside(folder, properties);
            });
  }

  private static void useBeside(Path folder, Properties properties) {
    properties.putIfAbsent(JAVACPP, folder.resolve("javacpp").toString());
    properties.putIfAbsent(JNA, createdOrTemporary(folder.resolve("jna")).toString());
  }

  /** Where JavaCPP unpacks the libraries of its bindings, torch's operators and the emulator. */
  public static Path ofJavaCpp() {
    String chosen = System.getProperty(JAVACPP);
    return chosen == null
        ? Path.of(System.getProperty("user.home"), ".javacpp", "cache")
        : Path.of(chosen);
  }

  /**
   * The folder, or empty where the libraries' own caches in the home folder will do.
   *
   * @param environment of the process
   * @param properties system properties
   */
  static Optional<Path> choose(Map<String, String> environment, Properties properties) {
    Path temporary = Path.of(properties.getProperty("java.io.tmpdir"));
    Optional<Path> containers = ofContainer(environment, temporary);
    if (containers.isPresent()) {
      return containers.map(folder -> folder.resolve(NAME));
    }
    Path home = Path.of(properties.getProperty("user.home"));
    return Files.isWritable(home)
        ? Optional.empty()
        : Optional.of(temporary.resolve(NAME + "-" + properties.getProperty("user.name")));
  }

  private static Optional<Path> ofContainer(Map<String, String> environment, Path temporary) {
    // YARN's containers have a temporary folder of their own.
    if (environment.containsKey("CONTAINER_ID")) {
      return Optional.of(temporary);
    }
    String executors = environment.get("SPARK_EXECUTOR_DIRS");
    // In a pod, Spark's local folders are volumes of that pod.
    String pods =
        environment.containsKey("KUBERNETES_SERVICE_HOST")
            ? environment.get("SPARK_LOCAL_DIRS")
            : null;
    return Stream.concat(split(executors).map(NativeFolder::ofWorker), split(pods))
        .filter(Files::isWritable)
        .findFirst();
  }

  /**
   * A standalone Worker gives an application's executors folders inside one of its own, {@code
   * spark-UUID/executor-UUID}, and removes those with the application and its own at its end.
   */
  private static Path ofWorker(Path applications) {
    Path own = applications.toAbsolutePath().getParent();
    return own != null
            && own.getFileName() != null
            && own.getFileName().toString().startsWith("spark-")
            && Files.isWritable(own)
        ? own
        : applications;
  }

  /** Folders are separated as paths are by the Worker, by commas elsewhere in Spark. */
  private static Stream<Path> split(@Nullable String folders) {
    return folders == null
        ? Stream.empty()
        : Stream.of(folders.split("[:,]")).filter(one -> !one.isBlank()).map(Path::of);
  }

  /** JNA makes no folders. */
  private static Path createdOrTemporary(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      return Path.of(System.getProperty("java.io.tmpdir"));
    }
  }
}
