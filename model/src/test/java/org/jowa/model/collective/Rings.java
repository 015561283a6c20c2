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
    List<RingDoor> doors = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      doors.add(RingDoor.listen("127.0.0.1"));
    }
    List<String> addresses = doors.stream().map(RingDoor::address).toList();
    List<CompletableFuture<Collective>> joining = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      int own = rank;
      CompletableFuture<Collective> joined = new CompletableFuture<>();
      joining.add(joined);
      Thread thread =
          new Thread(
              () -> {
                try {
                  joined.complete(doors.get(own).join(own, addresses, SECRET, options));
                } catch (Throwable e) {
                  joined.completeExceptionally(e);
                }
              });
      thread.start();
    }
    return joining.stream().map(CompletableFuture::join).toList();
  }
}
