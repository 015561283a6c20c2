package org.jowa.jobs.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.RingListener;
import org.jowa.model.torch.Tensors;

/**
 * The ring between two processes of this machine: this one and a second that it starts. All-reduces
 * and plain copies over sockets take turns, so that a busy machine slows both.
 */
final class AllReduceBench {
  private static final int WARM_UP = 3;
  private static final double MEGA = 1e-6;

  private AllReduceBench() {}

  static BenchLine run(int runs) {
    try {
      return measure(runs);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't measure an all-reduce with a second process", e);
    }
  }

  private static BenchLine measure(int runs) throws IOException {
    Process other = start();
    try (RingListener listener = RingListener.listen("127.0.0.1");
        ServerSocketChannel plainDoor = PlainExchange.listen();
        BufferedReader said = other.inputReader(StandardCharsets.UTF_8)) {
      String address = said.readLine();
      if (address == null) {
        throw new IOException("the second process ended before it listened");
      }
      List<String> addresses = List.of(listener.address(), address);
      byte[] secret = new byte[32];
      new SecureRandom().nextBytes(secret);
      int port = ((InetSocketAddress) plainDoor.getLocalAddress()).getPort();
      String told =
          String.format(
              Locale.ROOT,
              "%s %s %s %d %d%n",
              listener.address(),
              address,
              HexFormat.of().formatHex(secret),
              port,
              WARM_UP + runs);
      other.getOutputStream().write(told.getBytes(StandardCharsets.UTF_8));
      other.getOutputStream().flush();
      try (Collective collective = AllReduceRank.join(listener, 0, addresses, secret);
          PlainExchange plain = PlainExchange.accept(plainDoor, AllReduceRank.BYTES)) {
        return line(collective, plain, runs);
      }
    } finally {
      end(other);
    }
  }

  private static BenchLine line(Collective collective, PlainExchange plain, int runs) {
    Tensor gradients = Tensors.zeros(ScalarType.Float, AllReduceRank.ELEMENTS);
    double[] reduced = new double[runs];
    double[] copied = new double[runs];
    for (int run = -WARM_UP; run < runs; run++) {
      double reduceMillis = AllReduceRank.allReduce(collective, gradients);
      double copyMillis = AllReduceRank.exchange(collective, plain);
      if (run >= 0) {
        reduced[run] = reduceMillis;
        copied[run] = copyMillis;
      }
    }
    Timing reduce = Timing.of(reduced);
    Timing copy = Timing.of(copied);
    return BenchLine.of(
            "allreduce",
            String.format(
                Locale.ROOT,
                "2 ranks in two processes over loopback, %.0f MB fp32",
                AllReduceRank.BYTES * MEGA),
            1,
            reduce)
        .rate("mb_per_s", AllReduceRank.BYTES * MEGA / (reduce.medianMillis() * 1e-3))
        .rate("socket_mb_per_s", AllReduceRank.BYTES * MEGA / (copy.medianMillis() * 1e-3))
        .rate("fraction_of_socket", copy.medianMillis() / reduce.medianMillis());
  }

  private static Process start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (argument.startsWith("--add-opens") || argument.startsWith("-D")) {
        command.add(argument);
      }
    }
    command.addAll(List.of("-Xmx512m", "-cp", classPath(), AllReduceRank.class.getName()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Spark loads the application by a class loader of its own, with more than the JVM's path. */
  private static String classPath() {
    Set<String> entries = new LinkedHashSet<>();
    for (ClassLoader loader = AllReduceBench.class.getClassLoader();
        loader != null;
        loader = loader.getParent()) {
      if (loader instanceof URLClassLoader urls) {
        for (URL url : urls.getURLs()) {
          if (url.getProtocol().equals("file")) {
            entries.add(new File(url.getPath()).toString());
          }
        }
      }
    }
    entries.addAll(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
    return String.join(File.pathSeparator, entries);
  }

  private static void end(Process other) {
    try {
      if (!other.waitFor(10, TimeUnit.SECONDS)) {
        other.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      other.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
