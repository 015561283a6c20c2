package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who comes into a ring and who doesn't. */
@Timeout(120)
class RingMembershipTest {
  private final List<String> warnings = new CopyOnWriteArrayList<>();

  private RingOptions options(Duration connectTimeout) {
    return new RingOptions(
        Duration.ofSeconds(30), Duration.ofSeconds(30), connectTimeout, 4096, warnings::add);
  }

  @Test
  void aStrangerIsRefusedAndLoggedAndDisturbsNobody() throws Exception {
    try (RingListener first = RingListener.listen("127.0.0.1");
        RingListener second = RingListener.listen("127.0.0.1")) {
      List<String> addresses = List.of(first.address(), second.address());
      RingOptions options = options(Duration.ofSeconds(30));
      CompletableFuture<Collective> joining =
          Rings.join(first, 0, addresses, Rings.SECRET, options);
      List<Socket> silent = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        silent.add(connect(first));
      }
      try (Socket web = connect(first);
          Socket scanner = connect(first)) {
        web.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(web.getInputStream().read()).isEqualTo(-1);
        scanner.shutdownOutput();
        assertThat(scanner.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(warnings)
          .anySatisfy(
              line ->
                  assertThat(line)
                      .contains("Rank 0 refused a connection from /127.0.0.1:", "no greeting"))
          .anySatisfy(line -> assertThat(line).contains("went away before it proved"));
      Collective other = Rings.join(second, 1, addresses, Rings.SECRET, options).join();
      Collective joined = joining.join();
      CompletableFuture<Void> barrier = CompletableFuture.runAsync(other::barrier);
      joined.barrier();
      barrier.join();
      for (Socket socket : silent) {
        socket.close();
      }
      assertThatThrownBy(() -> connect(first)).isInstanceOf(IOException.class);
      joined.close();
      other.close();
    }
  }

  @Test
  void aWrongSecretIsRefused() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        RingListener first = RingListener.listen("127.0.0.1");
        RingListener second = RingListener.listen("127.0.0.1")) {
      List<String> addresses = List.of(first.address(), second.address());
      // The member looks for rank 1 where nobody answers. Else it could be the first to find out,
      // and its listener be closed when the stranger comes.
      List<String> elsewhere = List.of(first.address(), "127.0.0.1:" + silent.getLocalPort());
      RingOptions options = options(Duration.ofSeconds(5));
      CompletableFuture<Collective> member = Rings.join(first, 0, elsewhere, Rings.SECRET, options);
      CompletableFuture<Collective> stranger =
          Rings.join(second, 1, addresses, new byte[] {1, 2, 3}, options);
      assertThatThrownBy(stranger::join)
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(CollectiveException.class)
          .hasMessageContaining("Rank 0 can't be reached at " + first.address())
          .hasMessageContaining("doesn't know the secret");
      assertThatThrownBy(member::join)
          .hasCauseInstanceOf(CollectiveException.class)
          .hasMessageContaining("Rank 1");
      assertThat(warnings)
          .anySatisfy(line -> assertThat(line).contains("refused", "doesn't know the secret"))
          .noneSatisfy(line -> assertThat(line).contains("secret of the test"));
    }
  }

  @Test
  void aRankThatCanNotBeReachedIsNamedWithItsAddress() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        RingListener first = RingListener.listen("127.0.0.1");
        RingListener second = RingListener.listen("127.0.0.1")) {
      String nowhere = "127.0.0.1:" + free.getLocalPort();
      free.close();
      List<String> addresses = List.of(first.address(), second.address(), nowhere);
      RingOptions options = options(Duration.ofSeconds(1));
      List<CompletableFuture<Collective>> joining =
          List.of(
              Rings.join(first, 0, addresses, Rings.SECRET, options),
              Rings.join(second, 1, addresses, Rings.SECRET, options));
      for (CompletableFuture<Collective> joined : joining) {
        assertThatThrownBy(joined::join)
            .hasCauseInstanceOf(CollectiveException.class)
            .hasMessageContaining("Rank 2")
            .hasMessageContaining(nowhere);
      }
    }
  }

  @Test
  void aListenerServesOnce() {
    try (RingListener listener = RingListener.listen("127.0.0.1")) {
      List<String> addresses = List.of(listener.address());
      RingOptions options = options(Duration.ofSeconds(5));
      listener.join(0, addresses, Rings.SECRET, options).close();
      assertThatThrownBy(() -> listener.join(0, addresses, Rings.SECRET, options))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(listener.address());
    }
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertThatThrownBy(() -> RingListener.listen("203.0.113.7"))
        .hasMessageContaining("203.0.113.7");
    try (RingListener listener = RingListener.listen("127.0.0.1")) {
      RingOptions options = options(Duration.ofSeconds(5));
      assertThatThrownBy(() -> listener.join(1, List.of(listener.address()), Rings.SECRET, options))
          .hasMessageContaining("found 1");
      assertThatThrownBy(() -> listener.join(0, List.of("nowhere"), Rings.SECRET, options))
          .hasMessageContaining("'nowhere'");
      assertThatThrownBy(() -> listener.join(0, List.of(listener.address()), new byte[0], options))
          .hasMessageContaining("secret");
    }
    assertThatThrownBy(() -> RingOptions.of(Duration.ZERO, line -> {}))
        .hasMessageContaining("PT0S");
  }

  @Test
  void nothingIsLeftOfManyRings() throws IOException {
    RingOptions options = options(Duration.ofSeconds(30));
    form(options, 3);
    long files = openFiles();
    form(options, 150);
    assertThat(ringThreads()).isEmpty();
    // Others in this JVM may open a file or two meanwhile.
    assertThat(openFiles()).isLessThan(files + 10);
  }

  private static void form(RingOptions options, int rounds) {
    for (int i = 0; i < rounds; i++) {
      Ranks.values(
          Rings.create(2, options),
          c -> {
            double[] one = {1};
            c.allReduceSum(one);
            return one[0];
          });
    }
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  private static List<String> ringThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("jowa-ring"))
        .toList();
  }

  private static Socket connect(RingListener listener) throws IOException {
    String address = listener.address();
    return new Socket(
        "127.0.0.1", Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
  }
}
