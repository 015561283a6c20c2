package org.jowa.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.FullDisk;
import org.jowa.data.OtherFileSystem;
import org.jowa.data.ProjectFiles;
import org.jowa.data.SmallLogs;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.DatasetCard;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Sampling;
import org.jowa.data.dataset.SkippedSource;
import org.jowa.data.replay.LeftOut;
import org.jowa.data.replay.NpyFiles;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Sha256;
import org.jowa.error.InvalidInputException;
import org.jowa.error.StoreException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that run twice, stop half-way or find damaged files. */
class IngestFaultsTest {
  private static final String DAMAGED = "Breakout/1/replay_logs/$store$_observation_ckpt.2.gz";

  @TempDir Path logs;
  @TempDir Path whole;
  @TempDir Path out;

  @BeforeEach
  void writeLogs() {
    SmallLogs.write(logs);
  }

  @Test
  void twoAttemptsAtEveryTaskAtOnceLeaveNoDoublesAndNoHalves() throws Exception {
    SmallLogs.ingest(logs, whole);
    Ingest ingest =
        Ingest.of("other://host" + out, SmallLogs.options(logs), OtherFileSystem.configuration());
    IngestPlan plan = ingest.plan(ingest.units().stream().map(ingest::scan).toList());
    List<UnitResult> written = new ArrayList<>();
    for (UnitPlan unit : plan.units()) {
      written.add(atOnce(() -> ingest.write(unit)));
    }
    List<UnitResult> collected = new ArrayList<>();
    for (CollectPlan collect : plan.collects(written)) {
      collected.add(atOnce(() -> ingest.collect(collect)));
    }
    ingest.commit(plan, written, collected);
    assertThat(shards(out)).isEqualTo(shards(whole));
  }

  private static UnitResult atOnce(java.util.concurrent.Callable<UnitResult> attempt)
      throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(3);
    try {
      List<Future<UnitResult>> attempts = executor.invokeAll(List.of(attempt, attempt, attempt));
      UnitResult first = attempts.get(0).get();
      for (Future<UnitResult> other : attempts) {
        assertThat(other.get()).isEqualTo(first);
      }
      return first;
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void anAttemptThatEndsAfterAnotherHasFinishedChangesNothing() throws IOException {
    Ingest ingest = Ingest.of(out.toString(), SmallLogs.options(logs), new Configuration());
    IngestPlan plan = ingest.plan(ingest.units().stream().map(ingest::scan).toList());
    UnitResult first = ingest.write(plan.units().get(0));
    Path shard = out.resolve(first.shards().get(0).path());
    Object inode = Files.getAttribute(shard, "unix:ino");
    // The other attempt began before the first one's result was known.
    try (Stream<Path> markers = Files.list(out.resolve("_ingest"))) {
      for (Path marker : markers.filter(file -> file.toString().endsWith(".json")).toList()) {
        Files.delete(marker);
      }
    }
    assertThat(ingest.write(plan.units().get(0))).isEqualTo(first);
    assertThat(Files.getAttribute(shard, "unix:ino")).isEqualTo(inode);
  }

  @Test
  void aFullDiskIsToldInOneLineAndTheSameCommandGoesOn() throws IOException {
    SmallLogs.ingest(logs, whole);
    Configuration configuration = FullDisk.configuration();
    String folder = "full://host" + out;
    int failures = 0;
    for (long room = 5_000; ; room *= 2) {
      FullDisk.setRoom(room);
      Ingest ingest = Ingest.of(folder, SmallLogs.options(logs), configuration);
      Throwable error = catchThrowable(() -> ingest.run(2));
      if (error == null) {
        break;
      }
      failures++;
      assertThat(error)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("Can't write")
          .hasMessageContaining("No space left on device")
          .message()
          .hasLineCount(1);
      assertThat(out.resolve("manifest.json")).doesNotExist();
    }
    assertThat(failures).isGreaterThan(3);
    assertThat(shards(out)).isEqualTo(shards(whole));
  }

  @Test
  void aDamagedFileEndsTheIngestUnlessItMayBeSkipped() throws IOException {
    Manifest all = SmallLogs.ingest(logs, whole).manifest();
    Path file = logs.resolve(DAMAGED);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 0x55;
    Files.write(file, bytes);
    Ingest strict = Ingest.of(out.toString(), SmallLogs.options(logs), new Configuration());
    assertThatThrownBy(() -> strict.run(2))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("game Breakout, run 1")
        .hasMessageContaining(DAMAGED)
        .hasMessageMatching("(?s).*row \\d+.*byte \\d+ of \\d+.*")
        .message()
        .hasLineCount(1);
    assertThat(out.resolve("manifest.json")).doesNotExist();

    Manifest rest = skip();

    SkippedSource skipped = rest.provenance().skipped().get(0);
    assertThat(rest.provenance().skipped()).hasSize(1);
    assertThat(skipped.file()).endsWith(DAMAGED);
    assertThat(skipped.checkpoint()).isEqualTo(2);
    assertThat(skipped.reason()).contains("byte");
    assertThat(skipped.episodes()).isPositive();
    assertThat(rest.episodes()).isEqualTo(all.episodes() - skipped.episodes());
    Dataset opened = Dataset.open(out.toString());
    assertThat(opened.verify()).hasSize(2);
  }

  @Test
  void aDamagedSmallFileIsSkippedAndNothingIsJoinedAcrossTheGap() throws IOException {
    Manifest all = SmallLogs.ingest(logs, whole).manifest();
    assertThat(Json.write(all)).doesNotContain("headless_rows");
    Path file = logs.resolve("Breakout/1/replay_logs/$store$_reward_ckpt.2.gz");
    Files.write(file, new byte[] {1, 2, 3});
    Manifest rest = skip();
    assertThat(rest.provenance().skipped())
        .singleElement()
        .satisfies(skipped -> assertThat(skipped.file()).isEqualTo(file.toString()))
        .satisfies(skipped -> assertThat(skipped.episodes()).isNull());
    Manifest.Run run = breakout(rest);
    assertThat(run.checkpoints()).extracting(c -> c.number()).doesNotContain(2);
    assertThat(run.leftOut().unendedTailRows()).isPositive();
    assertThat(run.leftOut().headlessRows()).isPositive();
    assertThat(DatasetCard.of(rest))
        .contains(
            String.format(
                Locale.ROOT,
                "%,d of Breakout, run 1 belong to episodes whose beginning isn't in the files",
                run.leftOut().headlessRows()));
    assertThat(Json.write(rest)).contains("\"headless_rows\"");
    verifyAccount(rest);
  }

  @Test
  void aMissingFileIsSkipped() throws IOException {
    Files.delete(logs.resolve("Breakout/1/replay_logs/$store$_terminal_ckpt.1.gz"));
    Ingest strict = Ingest.of(out.toString(), SmallLogs.options(logs), new Configuration());
    assertThatThrownBy(strict::units)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("$store$_terminal_ckpt.1.gz")
        .hasMessageContaining("--on-bad-source");
    Manifest rest = skip();
    assertThat(rest.provenance().skipped())
        .singleElement()
        .satisfies(skipped -> assertThat(skipped.reason()).contains("missing"));
    verifyAccount(rest);
  }

  private Manifest skip() {
    IngestOptions options = SmallLogs.options(logs).withOnBadSource(BadSource.SKIP);
    return Ingest.of(out.toString(), options, new Configuration()).run(2);
  }

  private static Manifest.Run breakout(Manifest manifest) {
    return manifest.provenance().runs().stream()
        .filter(run -> run.game().equals("Breakout"))
        .findFirst()
        .orElseThrow();
  }

  /** Each row of the files that were read is a step or counted as left out. */
  private void verifyAccount(Manifest manifest) {
    Dataset.open(out.toString()).verify();
    long rows =
        manifest.provenance().runs().stream()
            .flatMap(run -> run.checkpoints().stream())
            .mapToLong(checkpoint -> checkpoint.rows())
            .sum();
    LeftOut leftOut =
        manifest.provenance().runs().stream()
            .map(Manifest.Run::leftOut)
            .reduce(LeftOut.NOTHING, LeftOut::plus);
    assertThat(manifest.rows()).isEqualTo(rows - leftOut.rows());
  }

  @Test
  void logsOfSeveralFoldersAreTakenTogetherByAPattern() throws IOException {
    Dataset one = SmallLogs.ingest(logs, whole);
    Path first = Files.createDirectories(logs.resolve("part-a/Pong"));
    Path second = Files.createDirectories(logs.resolve("part-b/Pong"));
    Files.move(logs.resolve("Pong/1"), first.resolve("1"));
    Files.move(logs.resolve("Pong/2"), second.resolve("2"));
    Files.move(logs.resolve("Breakout"), logs.resolve("part-b/Breakout"));
    Ingest.of(out.toString(), SmallLogs.options(logs + "/part-?"), new Configuration()).run(1);
    assertThat(Dataset.open(out.toString()).contentHash()).isEqualTo(one.contentHash());

    Path third = Files.createDirectories(logs.resolve("part-c/Pong/2/replay_logs"));
    Ingest twice =
        Ingest.of(
            whole.resolve("x").toString(),
            SmallLogs.options("file://" + logs + "/part-{a,b,c}"),
            new Configuration());
    assertThatThrownBy(twice::units)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Pong, run 2")
        .hasMessageContaining("part-b")
        .hasMessageContaining("part-c");
    assertThat(third).exists();
    Ingest none =
        Ingest.of(
            whole.resolve("x").toString(),
            SmallLogs.options(logs + "/nothing-*"),
            new Configuration());
    assertThatThrownBy(none::units)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("nothing-*");
  }

  @Test
  void withoutReplacementNoEpisodeIsDrawnTwice() {
    IngestOptions options = SmallLogs.options(logs).withStepsPerGame(400L).withLanes(null);
    Manifest with = Ingest.of(whole.toString(), options, new Configuration()).run(1);
    Manifest without =
        Ingest.of(
                out.toString(),
                options.withSampling(Sampling.WITHOUT_REPLACEMENT),
                new Configuration())
            .run(1);
    assertThat(with.provenance().sampling()).isEqualTo(Sampling.WITH_REPLACEMENT);
    assertThat(Dataset.open(whole.toString()).episodes().all())
        .anyMatch(episode -> episode.copies() > 1);
    assertThat(Dataset.open(out.toString()).episodes().all())
        .allMatch(episode -> episode.copies() == 1);
    assertThat(without.episodes()).isEqualTo(with.episodes());
  }

  @Test
  void aDataSetOfTheVersionBeforeStaysReadable() {
    Dataset old = Dataset.open(ProjectFiles.dataset("dataset-v1").toString());
    assertThat(old.manifest().version()).isEqualTo(1);
    assertThat(old.verify()).singleElement().satisfies(c -> assertThat(c.rows()).isEqualTo(48));
    assertThat(old.manifest().provenance().skipped()).isEmpty();
  }

  @Test
  void twoIngestsIntoOneFolderAtOnceAreRefused() {
    Ingest first = Ingest.of(out.toString(), SmallLogs.options(logs), new Configuration());
    try (var lock = first.lock()) {
      lock.requireHeld();
      Ingest second = Ingest.of(out.toString(), SmallLogs.options(logs), new Configuration());
      assertThatThrownBy(() -> second.run(1))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("Another ingest writes into " + out);
    }
    SmallLogs.ingest(logs, out);
  }

  @Test
  void aBombDoesNotFillTheMemory() {
    // 16 million rows of a megabyte each, if one believed the header.
    NpyFiles.write(
        logs.resolve("Breakout/1/replay_logs/$store$_action_ckpt.0.gz"),
        NpyFiles.header(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (900000000,), }"),
        new byte[64 << 20]);
    Ingest ingest = Ingest.of(out.toString(), SmallLogs.options(logs), new Configuration());
    assertThatThrownBy(() -> ingest.run(1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("$store$_action_ckpt.0.gz")
        .message()
        .hasLineCount(1);
  }

  private static TreeMap<String, String> shards(Path root) throws IOException {
    TreeMap<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.endsWith("manifest.json")) {
          hashes.put(root.relativize(file).toString(), Sha256.of(Files.readAllBytes(file)));
        }
      }
    }
    return hashes;
  }
}
