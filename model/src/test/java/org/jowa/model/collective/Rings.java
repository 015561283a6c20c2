package org.jowa.model.collective;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Forms rings whose ranks are threads of this JVM. */
final class Rings {
  static final byte[] SECRET = "secret of the test".getBytes(StandardCharsets.UTF_8);

  private Rings() {}

  static RingOptions options(Duration timeout, Consumer<String> warnings) {
    return new RingOptions(timeout, Duration.ofSeconds(20), Duration.ofSeconds(20), 4096, warnings);
  }

  static List<Collective> create(int worldSize, RingOptions options) {
    List<RingListener> listeners = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      listeners.add(RingListener.listen("127.0.0.1"));
    }
    List<String> addresses = listeners.stream().map(RingListener::address).toList();
    List<CompletableFuture<Collective>> joining = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      joining.add(join(listeners.get(rank), rank, addresses, SECRET, options));
    }
    return joining.stream().map(CompletableFuture::join).toList();
  }

  /** Joins in a thread of its own. */
  static CompletableFuture<Collective> join(
      RingListener listener, int rank, List<String> addresses, byte[] secret, RingOptions options) {
    CompletableFuture<Collective> joined = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                joined.complete(listener.join(rank, addresses, secret, options));
              } catch (Throwable e) {
                joined.completeExceptionally(e);
              }
            });
    thread.start();
    return joined;
  }
}
