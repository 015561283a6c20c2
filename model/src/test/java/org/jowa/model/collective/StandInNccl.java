package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jowa.model.collective.NcclLibrary.Reduction;
import org.jowa.model.collective.NcclLibrary.Type;

/** Notes the calls; events are over unless told otherwise. */
final class StandInNccl implements NcclLibrary {
  final List<String> calls = new CopyOnWriteArrayList<>();
  volatile boolean hangs;
  volatile CountDownLatch initWaits = new CountDownLatch(0);
  final CountDownLatch initBegan = new CountDownLatch(1);
  volatile Optional<String> asyncError = Optional.empty();
  volatile Optional<NcclException> onReduce = Optional.empty();
  private long handles = 100;

  @Override
  public void useDevice(int device) {
    calls.add("useDevice " + device);
  }

  @Override
  public byte[] newUniqueId() {
    byte[] id = new byte[128];
    for (int i = 0; i < id.length; i++) {
      id[i] = (byte) (i * 3 - 100);
    }
    return id;
  }

  @Override
  public long init(int worldSize, byte[] id, int rank) {
    assertThat(id).isEqualTo(newUniqueId());
    initBegan.countDown();
    try {
      initWaits.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    calls.add("init " + rank + "/" + worldSize);
    return 7;
  }

  @Override
  public void allReduce(
      long memory, long count, Type type, Reduction reduction, long comm, long stream) {
    onReduce.ifPresent(
        e -> {
          throw e;
        });
    calls.add(
        String.format(
            Locale.ROOT,
            "allReduce %d[%d] %s %s on %d, %d",
            memory,
            count,
            type,
            reduction,
            comm,
            stream));
  }

  @Override
  public void broadcast(long memory, long count, Type type, int root, long comm, long stream) {
    calls.add(
        String.format(
            Locale.ROOT, "broadcast %d[%d] from %d on %d, %d", memory, count, root, comm, stream));
  }

  @Override
  public Optional<String> asyncError(long comm) {
    return asyncError;
  }

  @Override
  public void abort(long comm) {
    calls.add("abort " + comm);
  }

  @Override
  public void destroy(long comm) {
    calls.add("destroy " + comm);
  }

  @Override
  public long newStream() {
    calls.add("newStream");
    return 9;
  }

  @Override
  public void freeStream(long stream) {
    calls.add("freeStream " + stream);
  }

  @Override
  public long computeStream() {
    return 1;
  }

  @Override
  public synchronized long newEvent() {
    return handles++;
  }

  @Override
  public void freeEvent(long event) {
    calls.add("freeEvent " + event);
  }

  @Override
  public void record(long event, long stream) {
    calls.add(String.format(Locale.ROOT, "record %d on %d", event, stream));
  }

  @Override
  public void await(long stream, long event) {
    calls.add(String.format(Locale.ROOT, "%d awaits %d", stream, event));
  }

  @Override
  public boolean isOver(long event) {
    return !hangs;
  }
}
