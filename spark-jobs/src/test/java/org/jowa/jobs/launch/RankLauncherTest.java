package org.jowa.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.hadoop.net.ConnectTimeoutException;
import org.apache.spark.SparkConf;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.error.StoreException;
import org.jowa.error.UsageException;
import org.jowa.jobs.LocalSpark;
import org.jowa.jobs.spark.Shutdown;
import org.jowa.jobs.spark.SparkJobs;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankLauncherTest {
  @RegisterExtension static final LocalSpark SPARK = LocalSpark.tasks(2);

  private static SparkJobs jobs;

  @BeforeAll
  static void startSpark() {
    jobs = SPARK.jobs();
  }

  @Test
  void resultsOfIndependentTasksKeepTheOrderOfTheirUnits() {
    List<String> units = IntStream.range(0, 5).mapToObj(Integer::toString).toList();
    List<Integer> results =
        jobs.each(
            "test",
            "units",
            5,
            units,
            (unit, progress) -> {
              progress.advance(1);
              return Integer.parseInt(unit) * 10;
            });
    assertThat(results).containsExactly(0, 10, 20, 30, 40);
  }

  @Test
  void ranksReachEachOtherAndTheFirstOneAnswers() {
    double[] sum =
        launcher(2, 0)
            .run(
                RankJob.of(
                    "test",
                    "steps",
                    1,
                    rank -> {
                      double[] values = {rank.collective().rank() + 1, rank.threads()};
                      rank.collective().allReduceSum(values);
                      if (rank.collective().rank() == 0) {
                        rank.progress().at(1, "sum " + values[0]);
                      }
                      return values;
                    }));
    assertThat(sum).containsExactly(3, 2);
  }

  @Test
  @Timeout(120)
  void rankThatFailedFirstIsNamedAndTheOthersDoNotHang() {
    assertThatThrownBy(
            () ->
                launcher(2, 3)
                    .run(
                        RankJob.of(
                            "test",
                            "steps",
                            1,
                            rank -> {
                              if (rank.collective().rank() == 1) {
                                throw new InvalidInputException("Shard 7 was altered");
                              }
                              rank.collective().barrier(Duration.ofHours(1));
                              return 0;
                            })))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("Rank 1: Shard 7 was altered");
  }

  /** Attempts are counted in a file, as ranks see nothing of the driver's. */
  @Test
  void attemptThatFailedOnItsStoreIsFollowedByAnotherThatKnowsWhatWasSaved(@TempDir Path folder) {
    String attempts = folder.resolve("attempts").toString();
    String result =
        launcher(2, 2)
            .run(
                RankJob.of(
                    "test",
                    "steps",
                    1,
                    rank -> {
                      rank.collective().barrier();
                      if (rank.collective().rank() == 1 && append(attempts, "x") < 3) {
                        throw new InvalidInputException(
                            "Cannot write", new ConnectException("Connection refused"));
                      }
                      rank.collective().barrier();
                      return "done";
                    }));
    assertThat(result).isEqualTo("done");
    assertThat(folder.resolve("attempts")).hasContent("xxx");
  }

  @Test
  void storeThatIsAwayForRanksAndDriverEndsNoRun(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("shard"), "rows");
    String attempts = folder.resolve("attempts").toString();
    String shards = "failing://host" + folder;
    Storage driver = Storage.at(shards, FailingStore.configuration());
    try {
      String result =
          launcher(1, 3)
              .run(
                  new RankJob<>(
                      "test",
                      "steps",
                      1,
                      Map::of,
                      () -> driver.read("shard").length,
                      LaunchListener.NONE,
                      rank -> {
                        boolean again = append(attempts, "x") < 3;
                        FailingStore.failWith(
                            () -> again ? new ConnectTimeoutException("20000 millis") : null);
                        Storage store = Storage.at(shards, FailingStore.configuration());
                        return new String(store.read("shard"), StandardCharsets.UTF_8);
                      }));
      assertThat(result).isEqualTo("rows");
    } finally {
      FailingStore.failWith(() -> null);
    }
    assertThat(folder.resolve("attempts")).hasContent("xxx");
  }

  @Test
  void attemptThatMetAFullDiskIsFollowedByAnother(@TempDir Path folder) {
    String attempts = folder.resolve("attempts").toString();
    String result =
        launcher(1, 2)
            .run(
                RankJob.of(
                    "test",
                    "steps",
                    1,
                    rank -> {
                      if (append(attempts, "x") < 2) {
                        throw new StoreException(
                            "Cannot write metrics", new IOException("No space left on device"));
                      }
                      return "done";
                    }));
    assertThat(result).isEqualTo("done");
  }

  @Test
  void launcherOfAProcessThatShutsDownStartsNothingAgain(@TempDir Path folder) {
    String attempts = folder.resolve("attempts").toString();
    assertThatThrownBy(
            () ->
                launcher(1, 5)
                    .run(
                        RankJob.of(
                            "test",
                            "steps",
                            1,
                            rank -> {
                              append(attempts, "x");
                              Shutdown.ask("SIGTERM");
                              assertThat(rank.stop().reason()).contains("SIGTERM");
                              throw new StoreException(
                                  "Cannot write", new IOException("No space left on device"));
                            })))
        .isInstanceOf(StoreException.class)
        .hasMessage("Rank 0: Cannot write");
    assertThat(folder.resolve("attempts")).hasContent("x");
  }

  @Test
  void launcherGivesUpAfterTheRestartsAllowed(@TempDir Path folder) {
    String attempts = folder.resolve("attempts").toString();
    assertThatThrownBy(
            () ->
                launcher(1, 1)
                    .run(
                        RankJob.of(
                            "test",
                            "steps",
                            1,
                            rank -> {
                              append(attempts, "x");
                              throw new InvalidInputException(
                                  "Cannot write", new ConnectException("Connection refused"));
                            })))
        .isInstanceOf(StoreException.class)
        .hasMessage("Rank 0: Cannot write");
    assertThat(folder.resolve("attempts")).hasContent("xx");
  }

  private static RankLauncher launcher(int ranks, int maxRestarts) {
    return RankLauncher.of(
        jobs,
        new LaunchSettings(
            ranks,
            List.of(ranks),
            maxRestarts,
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(5)));
  }

  private static long append(String file, String text) throws IOException {
    Path path = Path.of(file);
    Files.writeString(path, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return Files.size(path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "local[2] | 3 | '' | 3 ranks of 1 cores each need 3 slots at once, but --master local[2]"
            + " has 2",
        "local | 2 | '' | need 2 slots at once, but --master local has 1",
        "local[4] | 3 | spark.task.cpus=2 | 3 ranks of 2 cores each need 3 slots at once, but"
            + " --master local[4] has 2: use --master local[6]",
        "yarn | 2 | spark.network.crypto.enabled=true | spark.jowa.ring.allowPlaintext=true",
        "local[2] | 2 | spark.dynamicAllocation.enabled=true | spark.dynamicAllocation.enabled=true"
            + " gives",
        "local[2] | 2 | spark.speculation=true | use --conf spark.speculation=false",
      })
  void clusterThatCannotRunAllRanksTogetherIsRefused(
      String master, int ranks, String setting, String message) {
    SparkConf conf = new SparkConf(false).set("spark.master", master);
    if (!setting.isEmpty()) {
      conf.set(setting.split("=")[0], setting.split("=")[1]);
    }
    assertThatThrownBy(() -> RankConf.requireStartable(conf, ranks))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }
}
