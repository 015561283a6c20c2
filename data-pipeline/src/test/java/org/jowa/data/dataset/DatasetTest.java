package org.jowa.data.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.SmallLogs;
import org.jowa.data.ingest.CollectPlan;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.ingest.IngestPlan;
import org.jowa.data.ingest.IngestUnit;
import org.jowa.data.ingest.ScanResult;
import org.jowa.data.ingest.UnitPlan;
import org.jowa.data.ingest.UnitResult;
import org.jowa.data.replay.NpyFiles;
import org.jowa.data.replay.NpyFiles.Row;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Sha256;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
  @TempDir Path logs;
  @TempDir Path out;

  @BeforeEach
  void writeLogs() {
    SmallLogs.write(logs);
  }

  @Test
  void bytesDoNotDependOnTheOrderOrNumberOfTasks(@TempDir Path other) throws IOException {
    SmallLogs.ingest(logs, out);
    // As a cluster might do it: tasks carried as JSON, in any order, one of them twice.
    Ingest ingest = Ingest.of(other.toString(), SmallLogs.options(logs), new Configuration());
    List<ScanResult> scans =
        ingest.units().stream()
            .map(unit -> Json.read(Json.write(unit), IngestUnit.class, "unit"))
            .map(ingest::scan)
            .map(scan -> Json.read(Json.write(scan), ScanResult.class, "scan"))
            .toList();
    IngestPlan plan = ingest.plan(scans);
    List<Integer> order = new ArrayList<>();
    for (int unit = 0; unit < plan.units().size(); unit++) {
      order.add(unit);
      order.add(unit);
    }
    Collections.shuffle(order, new Random(1));
    UnitResult[] results = new UnitResult[plan.units().size()];
    for (int unit : order) {
      String task = Json.write(plan.units().get(unit));
      results[unit] = ingest.write(Json.read(task, UnitPlan.class, "task"));
    }
    List<UnitResult> collected = new ArrayList<>();
    for (CollectPlan collect : plan.collects(List.of(results))) {
      ingest.collect(collect);
      collected.add(ingest.collect(Json.read(Json.write(collect), CollectPlan.class, "task")));
    }
    ingest.commit(plan, List.of(results), collected);
    assertThat(files(other)).isEqualTo(files(out));
    assertThat(files(out).keySet()).noneMatch(name -> name.contains("_ingest"));
  }

  @Test
  void anIngestThatWasKilledGoesOnWhereItStopped(@TempDir Path other) throws IOException {
    Dataset whole = SmallLogs.ingest(logs, other);
    Ingest killed = Ingest.of(out.toString(), SmallLogs.options(logs), new Configuration());
    IngestPlan plan = killed.plan(killed.units().stream().map(killed::scan).toList());
    UnitResult first = killed.write(plan.units().get(0));
    Path orphan = out.resolve("frames/lane-0001/.half.arrow.tmp");
    Files.writeString(orphan, "half a shard");
    Path kept = out.resolve(first.shards().get(0).path());
    var written = Files.getLastModifiedTime(kept);
    assertThatThrownBy(() -> Dataset.open(out.toString()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("no data set");

    Dataset dataset = SmallLogs.ingest(logs, out);

    assertThat(Files.getLastModifiedTime(kept)).isEqualTo(written);
    assertThat(orphan).doesNotExist();
    assertThat(dataset.contentHash()).isEqualTo(whole.contentHash());
    assertThat(files(out)).isEqualTo(files(other));
  }

  @Test
  void episodesStayWholeInOneLaneAndHeldOutOnesAreApart() {
    Dataset dataset = SmallLogs.ingest(logs, out);
    assertThat(dataset.lanes()).isEqualTo(4);
    Set<String> seen = new HashSet<>();
    for (StoredEpisode episode : dataset.episodes().all()) {
      assertThat(seen.add(episode.game() + "/" + episode.run() + "/" + episode.episode())).isTrue();
      Shard shard = dataset.manifest().shards().get(episode.shard());
      assertThat(shard.lane()).isEqualTo(episode.lane());
      assertThat(episode.firstRow() + episode.length()).isLessThanOrEqualTo(shard.rows());
    }
    assertThat(seen).hasSize(120);
    // A tenth of Pong's 80 and of Breakout's 40.
    assertThat(dataset.manifest().heldOut().episodes()).isEqualTo(8 + 4);
    assertThat(dataset.manifest().shards().stream().mapToInt(Shard::rows).max().orElseThrow())
        .isLessThan(60 + 30);
  }

  @Test
  void anotherSeedHoldsOutOtherEpisodes(@TempDir Path other) {
    Dataset dataset = SmallLogs.ingest(logs, out);
    IngestOptions o = SmallLogs.options(logs);
    IngestOptions reseeded =
        IngestOptions.everything(o.source(), o.heldOutFraction(), 4).withLanes(4);
    Ingest.of(other.toString(), reseeded, new Configuration()).run(1);
    assertThat(Dataset.open(other.toString()).episodes().heldOut().stream().map(e -> e.episode()))
        .isNotEqualTo(dataset.episodes().heldOut().stream().map(e -> e.episode()).toList());
  }

  @Test
  void anAlteredShardIsNamedAndNotRead() throws IOException {
    Dataset dataset = SmallLogs.ingest(logs, out);
    Shard shard = dataset.manifest().shards().get(1);
    Path file = out.resolve(shard.path());
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertNamed(catchThrowable(() -> dataset.openFrames(shard)), shard, "SHA-256");
    assertNamed(catchThrowable(dataset::verify), shard, "SHA-256");
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    assertNamed(catchThrowable(dataset::verify), shard, "bytes, expected");
    Files.delete(file);
    assertNamed(catchThrowable(dataset::verify), shard, "missing");
  }

  @Test
  void aShardThatFitsItsHashButIsNotArrowIsAnError() throws IOException {
    SmallLogs.ingest(logs, out);
    Dataset before = Dataset.open(out.toString());
    Shard shard = before.manifest().shards().get(0);
    byte[] bytes = Files.readAllBytes(out.resolve(shard.path()));
    for (int cut : new int[] {0, 3, bytes.length / 2, bytes.length - 1}) {
      byte[] broken = java.util.Arrays.copyOf(bytes, cut);
      Files.write(out.resolve(shard.path()), broken);
      Shard forged =
          new Shard(
              shard.path(),
              shard.lane(),
              shard.game(),
              shard.run(),
              shard.rows(),
              shard.episodes(),
              broken.length,
              Sha256.of(broken));
      assertNamed(catchThrowable(() -> before.openFrames(forged)), shard, "");
    }
  }

  @Test
  void aManifestEditedByHandIsRefused() throws IOException {
    SmallLogs.ingest(logs, out);
    Path file = out.resolve("manifest.json");
    String text = Files.readString(file);
    expectRefused(file, text.replaceFirst("\"rows\" : \\d+", "\"rows\" : 1"), null);
    expectRefused(file, text.replace("\"version\" : 2", "\"version\" : 9"), "version 9");
    expectRefused(file, text.replaceFirst("\"segments\" : (\\d+)", "\"segments\" : 9$1"), null);
    expectRefused(file, text.substring(0, text.length() / 2), "manifest.json");
    expectRefused(file, "[]", "manifest.json");
    expectRefused(file, "{\"version\" : 2}", "manifest");
    Files.writeString(file, text);
    Path episodes = out.resolve("episodes.arrow");
    byte[] table = Files.readAllBytes(episodes);
    table[table.length / 2] ^= 1;
    Files.write(episodes, table);
    assertThatThrownBy(() -> Dataset.open(out.toString()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("episodes.arrow");
  }

  @Test
  void listingOrderAndTheFormOfThePathDoNotMatter(@TempDir Path other) {
    Dataset plain = SmallLogs.ingest(logs, out);
    IngestOptions asUri = SmallLogs.options(logs.toUri().toString());
    Ingest.of(other.toUri().toString(), asUri, new Configuration()).run(1);
    Dataset opened = Dataset.open(other.toUri().toString());
    assertThat(opened.contentHash()).isEqualTo(plain.contentHash());
  }

  @Test
  void quirksOfRealLogsEndUpInTheManifest(@TempDir Path quirky) {
    Row step = new Row(9, 1, 1, 0);
    Row end = new Row(8, 1, 0, 1);
    NpyFiles.checkpoint(
        quirky, "Pong", 1, 0, List.of(Row.ZERO, Row.ZERO, Row.ZERO, step, end, step), 5L);
    NpyFiles.checkpoint(
        quirky, "Pong", 1, 1, List.of(Row.ZERO, Row.ZERO, step, end, step, Row.ZERO), 11L);
    NpyFiles.checkpoint(
        quirky, "Pong", 1, 2, List.of(Row.ZERO, Row.ZERO, step, end, step, step), 13L);
    IngestOptions options = IngestOptions.everything(quirky.toString(), 0, 0);
    Manifest manifest = Ingest.of(out.toString(), options, new Configuration()).run(1);
    Manifest.Run run = manifest.provenance().runs().get(0);
    assertThat(manifest.steps()).isEqualTo(4);
    assertThat(manifest.games().get(0).rewardSum()).isEqualTo(2);
    assertThat(run.leftOut()).isEqualTo(new org.jowa.data.replay.LeftOut(6, 1, 4, 3, 0));
    assertThat(Dataset.open(out.toString()).verify()).hasSize(1);
  }

  @Test
  void mistakesOfTheUserAreToldInOneLine() {
    expectUsage(() -> SmallLogs.options(logs).withGames(List.of("Pung")), "Pong");
    expectUsage(() -> SmallLogs.options(logs).withLanes(0), "lanes");
    expectUsage(() -> SmallLogs.options(logs).withStepsPerGame(0L), "steps-per-game");
    expectUsage(() -> IngestOptions.everything("x", 1.5, 0), "held-out-fraction");
    Ingest many =
        Ingest.of(out.toString(), SmallLogs.options(logs).withLanes(500), new Configuration());
    expectUsage(() -> many.plan(many.units().stream().map(many::scan).toList()), "500 lanes");
    assertThatThrownBy(
            () ->
                Ingest.of(
                        out.toString(),
                        IngestOptions.everything(out.toString(), 0, 0),
                        new Configuration())
                    .units())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("No replay logs");
  }

  private void expectRefused(Path file, String text, String what) throws IOException {
    Files.writeString(file, text, StandardCharsets.UTF_8);
    Throwable error = catchThrowable(() -> Dataset.open(out.toString()).verify());
    assertThat(error).isInstanceOf(InvalidInputException.class);
    assertThat(error.getMessage()).hasLineCount(1);
    if (what != null) {
      assertThat(error).hasMessageContaining(what);
    }
  }

  private static void expectUsage(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String what) {
    Throwable error = catchThrowable(call);
    assertThat(error).isInstanceOf(UsageException.class).hasMessageContaining(what);
    assertThat(error.getMessage()).hasLineCount(1);
  }

  private static void assertNamed(Throwable error, Shard shard, String what) {
    assertThat(error)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(shard.path())
        .hasMessageContaining(what);
    assertThat(error.getMessage()).hasLineCount(1);
  }

  private static TreeMap<String, String> files(Path root) throws IOException {
    TreeMap<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        hashes.put(root.relativize(file).toString(), Sha256.of(Files.readAllBytes(file)));
      }
    }
    return hashes;
  }
}
