package org.jowa.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Spark's own cluster on the loopback interface: a Master and Workers, each a JVM, out of the jars
 * that {@code bin/jowa} links together. Workers can be stopped, killed and added; what their
 * executors say is kept.
 */
final class StandaloneCluster implements AutoCloseable {
  private static final Path SPARK_HOME = Jowa.PROJECT.resolve("target/spark-home");
  private static final String HOST = "127.0.0.1";
  private static final int WORKER_MEMORY_MIB = 1024;

  /** A GPU that every worker says it has, for tests of what becomes of its number. */
  static final int GPU = 7;

  private final Path folder;
  private final Path gpus;
  private final ChildProcess master;
  private final String url;
  private final List<Worker> workers = new ArrayList<>();
  private final Thread closeAtExit = new Thread(this::end);

  private StandaloneCluster(Path folder) {
    this.folder = folder;
    this.gpus = gpus(folder);
    this.master =
        start(
            "master",
            "org.apache.spark.deploy.master.Master",
            List.of("--host", HOST, "--port", "0", "--webui-port", "0"));
    Runtime.getRuntime().addShutdownHook(closeAtExit);
    this.url = master.awaitLine("Starting Spark master at (spark://\\S+)");
    master.awaitLine("New state: ALIVE");
  }

  /** A Worker; its executors are its child processes. */
  record Worker(int number, int cores, Path folder, ChildProcess process) {}

  /** A JVM that runs tasks of an application. */
  record Executor(String application, int number, Worker worker, ProcessHandle process) {
    /** What it said on standard error so far. */
    Path stderr() {
      return worker
          .folder()
          .resolve(application)
          .resolve(Integer.toString(number))
          .resolve("stderr");
    }

    void signal(String name) {
      ChildProcess.signal(process.pid(), name);
    }
  }

  /**
   * @param folder for logs and the workers' files
   * @param cores of each worker
   */
  static StandaloneCluster start(Path folder, int... cores) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // Links the Spark home together if it isn't there yet.
    new Jowa(folder).run("--help").ok();
    StandaloneCluster cluster = new StandaloneCluster(folder);
    List<Worker> started = Arrays.stream(cores).mapToObj(cluster::startWorker).toList();
    started.forEach(cluster::awaitRegistered);
    return cluster;
  }

  /** What tells Spark of a GPU that isn't there. */
  private static Path gpus(Path folder) {
    Path script = folder.resolve("gpus");
    try {
      Files.writeString(
          script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"" + GPU + "\"]}'\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!script.toFile().setExecutable(true)) {
      throw new IllegalStateException("Can't make " + script + " executable");
    }
    return script;
  }

  /** A discovery script that finds GPU {@link #GPU}. */
  Path gpuDiscovery() {
    return gpus;
  }

  /** Address for {@code --master}. */
  String url() {
    return url;
  }

  Worker addWorker(int cores) {
    Worker worker = startWorker(cores);
    awaitRegistered(worker);
    return worker;
  }

  List<Worker> workers() {
    return List.copyOf(workers);
  }

  /** Ends a worker and its executors, as a machine that loses power does. */
  void kill(Worker worker) {
    worker.process.close();
    workers.remove(worker);
  }

  private Worker startWorker(int cores) {
    int number = workers.size() + 1;
    while (Files.exists(folder.resolve("worker-" + number))) {
      number++;
    }
    Path files = folder.resolve("worker-" + number);
    List<String> options = new ArrayList<>(List.of("--host", HOST, "--port", "0"));
    options.addAll(List.of("--webui-port", "0", "--cores", Integer.toString(cores)));
    options.addAll(List.of("--memory", WORKER_MEMORY_MIB * cores + "m"));
    options.addAll(List.of("--work-dir", files.toString(), url));
    String gpu = "-Dspark.worker.resource.gpu.";
    try {
      Files.createDirectory(files);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ChildProcess process =
        start(
            "worker-" + number,
            "org.apache.spark.deploy.worker.Worker",
            options,
            gpu + "amount=1",
            gpu + "discoveryScript=" + gpus);
    Worker worker = new Worker(number, cores, files, process);
    workers.add(worker);
    return worker;
  }

  private void awaitRegistered(Worker worker) {
    worker.process.awaitLine("Successfully registered with master");
  }

  private ChildProcess start(String name, String main, List<String> options, String... properties) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dspark.master.rest.enabled=false");
    // Of an application that ended: its executors' logs are evidence.
    command.add("-Dspark.worker.cleanup.enabled=false");
    command.addAll(List.of(properties));
    command.addAll(List.of("-cp", SPARK_HOME.resolve("jars") + "/*", main));
    command.addAll(options);
    Path scratch = folder.resolve("scratch");
    return ChildProcess.start(
        folder.resolve(name + ".log"),
        command,
        Map.of(
            "SPARK_HOME",
            SPARK_HOME.toString(),
            "SPARK_SCALA_VERSION",
            "2.13",
            "SPARK_LOCAL_IP",
            HOST,
            "SPARK_LOCAL_DIRS",
            scratch.toString()));
  }

  /** The executors that run now. */
  List<Executor> executors() {
    return workers.stream().flatMap(worker -> executors(worker).stream()).toList();
  }

  List<Executor> executors(Worker worker) {
    return worker
        .process
        .handle()
        .children()
        .flatMap(child -> executor(worker, child).stream())
        .toList();
  }

  private static Optional<Executor> executor(Worker worker, ProcessHandle process) {
    List<String> words = Arrays.asList(process.info().arguments().orElse(new String[0]));
    int number = words.indexOf("--executor-id");
    int application = words.indexOf("--app-id");
    return number < 0 || application < 0
        ? Optional.empty()
        : Optional.of(
            new Executor(
                words.get(application + 1),
                Integer.parseInt(words.get(number + 1)),
                worker,
                process));
  }

  /** Waits until no executor is left. */
  void awaitIdle() {
    Pause.until("no executor runs", Duration.ofMinutes(5), () -> executors().isEmpty(), this::logs);
  }

  /** Where its processes keep what they say. */
  Path folder() {
    return folder;
  }

  /** The last lines of every log, for messages. */
  String logs() {
    return logs(ChildProcess::tail);
  }

  /** All that its processes and executors said so far. */
  String said() {
    return logs(ChildProcess::text);
  }

  private String logs(Function<Path, String> read) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".log") || file.endsWith("stderr"))
          .sorted()
          .map(read)
          .collect(Collectors.joining("\n\n"));
    } catch (IOException | UncheckedIOException e) {
      return e.toString();
    }
  }

  private void end() {
    workers.forEach(worker -> worker.process.close());
    master.close();
  }

  @Override
  public void close() {
    end();
    Runtime.getRuntime().removeShutdownHook(closeAtExit);
  }
}
