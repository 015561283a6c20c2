package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jowa.error.StoreException;
import org.jowa.model.checkpoint.CheckpointWriter;
import org.jowa.model.checkpoint.WatchedStore;
import org.jowa.model.collective.CollectiveException;
import org.jowa.model.collective.Ranks.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BackgroundCheckpointTest extends TrainingTests {
  @AfterEach
  void watchNothing() {
    WatchedStore.watch((operation, path) -> {});
  }

  private ToyTraining training(String name) {
    ToyTraining training = new ToyTraining(folder.resolve(name));
    training.storedOn(WatchedStore.class);
    return training;
  }

  private static WatchedStore.Watcher atWeightsOfStep5(WatchedStore.Watcher what) {
    return (operation, path) -> {
      if (operation.equals("create")
          && path.toString().endsWith("step-00000005/model.safetensors")) {
        what.before(operation, path);
      }
    };
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    }
  }

  private static void requireEqual(ToyTraining found, ToyTraining expected, long step) {
    for (String file : ToyTraining.FILES) {
      assertThat(found.checkpoint(step).resolve(file))
          .hasSameBinaryContentAs(expected.checkpoint(step).resolve(file));
    }
  }

  @Test
  void trainingGoesOnWhileACheckpointIsWrittenAndDoesNotChangeIt() {
    ToyTraining straight = training("straight");
    straight.results();

    ToyTraining training = training("run");
    CountDownLatch twoStepsLater = new CountDownLatch(1);
    WatchedStore.watch(atWeightsOfStep5((operation, path) -> await(twoStepsLater)));
    training.disturbance =
        (rank, learner, step) -> {
          if (rank == 0 && step == 7) {
            assertThat(training.checkpoint(5).resolve("state.json")).doesNotExist();
            twoStepsLater.countDown();
          }
        };
    training.results();

    for (long step : new long[] {0, 5, 8, 10, 12}) {
      requireEqual(training, straight, step);
    }
    assertThat(training.checkpointsWritten).containsExactly(0L, 5L, 8L, 10L, 12L);
  }

  @Test
  void aStoreThatIsSlowerThanTheTimeOutOfCollectivesFailsNothing() {
    ToyTraining training = training("run");
    training.timeout = Duration.ofMillis(1500);
    WatchedStore.watch(
        atWeightsOfStep5(
            (operation, path) ->
                Threads.awaitWaiting(
                    CheckpointWriter.class, "await", training.timeout.multipliedBy(2))));
    training.results();

    assertThat(training.notes)
        .anyMatch(
            note -> note.startsWith("Waited") && note.contains("before the checkpoint of step 8"));
    assertThat(training.times.get(0).checkpoint()).isGreaterThan(3);
  }

  @Test
  void aFailedWriteStopsAllRanksAndLeavesWhatWasThere() {
    ToyTraining straight = training("straight");
    straight.results();

    ToyTraining training = training("run");
    WatchedStore.watch(
        atWeightsOfStep5(
            (operation, path) -> {
              throw new IOException("No space left on device");
            }));
    List<Outcome<TrainResult>> outcomes = training.outcomes();
    assertThat(outcomes.get(0).error())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("step-00000005: No space left on device")
        .hasMessageNotContaining("\n");
    assertThat(outcomes.get(1).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 0 failed")
        .hasMessageContaining("No space left on device");
    assertThat(training.checkpoint(5)).doesNotExist();
    requireEqual(training, straight, 0);

    WatchedStore.watch((operation, path) -> {});
    training.results();
    requireEqual(training, straight, 12);
  }

  @Test
  void metricsThatFindNoRoomStopAllRanksAndCostNothing() throws IOException {
    ToyTraining straight = training("straight");
    straight.results();

    ToyTraining training = training("run");
    AtomicInteger lines = new AtomicInteger();
    WatchedStore.watch(
        (operation, path) -> {
          if (operation.equals("write")
              && path.getName().equals("metrics.jsonl")
              && lines.incrementAndGet() == 4) {
            throw new IOException("No space left on device");
          }
        });
    List<Outcome<TrainResult>> outcomes = training.outcomes();
    assertThat(outcomes.get(0).error())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("metrics.jsonl: No space left on device")
        .hasMessageNotContaining("\n");
    assertThat(outcomes.get(1).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("No space left on device");

    WatchedStore.watch((operation, path) -> {});
    training.results();
    requireEqual(training, straight, 12);
    assertThat(steps(training)).isEqualTo(steps(straight));
  }

  private static List<Long> steps(ToyTraining training) throws IOException {
    return training.metrics().stream().map(line -> line.get("step").asLong()).toList();
  }

  @Test
  void aWriteThatIsNearlyDoneWhenARankFailsIsFinished() {
    ToyTraining training = training("run");
    WatchedStore.watch(
        atWeightsOfStep5(
            (operation, path) ->
                Threads.awaitWaiting(CheckpointWriter.class, "endsWithin", Duration.ZERO)));
    training.disturbance =
        (rank, learner, step) -> {
          if (rank == 1 && step == 6) {
            throw new IllegalStateException("killed");
          }
        };
    assertThat(training.outcomes()).allSatisfy(o -> assertThat(o.error()).isNotNull());
    assertThat(training.checkpoint(5).resolve("state.json")).exists();
    assertThat(training.times).singleElement().extracting(TimeSpent::lastStep).isEqualTo(6L);
  }

  @Test
  void aWriteThatHangsWhenARankFailsIsGivenUpAndLeavesNothing() {
    ToyTraining training = training("run");
    CountDownLatch never = new CountDownLatch(1);
    WatchedStore.watch(atWeightsOfStep5((operation, path) -> await(never)));
    training.disturbance =
        (rank, learner, step) -> {
          if (rank == 1 && step == 6) {
            throw new IllegalStateException("killed");
          }
        };
    assertThat(training.outcomes()).allSatisfy(o -> assertThat(o.error()).isNotNull());
    assertThat(training.checkpoint(5)).doesNotExist();
  }

  /** From some change on the file system takes no more, as after a kill -9. */
  @Test
  void killedBeforeAnyChangeOfItsFilesARunEndsInTheSameBits() throws IOException {
    AtomicInteger changes = new AtomicInteger();
    WatchedStore.watch((operation, path) -> changes.incrementAndGet());
    ToyTraining straight = training("straight");
    straight.ranks = 1;
    straight.results();
    int all = changes.get();
    assertThat(all).isGreaterThan(50);

    for (int death = 0; death < all; death++) {
      int left = death;
      ToyTraining training = training("killed-" + death);
      training.ranks = 1;
      changes.set(0);
      WatchedStore.watch(
          (operation, path) -> {
            if (changes.getAndIncrement() >= left) {
              throw new IOException("killed");
            }
          });
      assertThat(training.outcomes().get(0).error()).as("killed at %d", death).isNotNull();

      WatchedStore.watch((operation, path) -> {});
      ToyTraining resumed = training("killed-" + death);
      resumed.ranks = 1;
      resumed.results();
      requireEqual(resumed, straight, 12);
      assertThat(Files.readAllLines(resumed.run.resolve("metrics.jsonl")))
          .hasSameSizeAs(Files.readAllLines(straight.run.resolve("metrics.jsonl")));
    }
  }
}
