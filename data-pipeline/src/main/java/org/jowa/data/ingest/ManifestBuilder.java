package org.jowa.data.ingest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jowa.data.dataset.EpisodeTable;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.SkippedSource;
import org.jowa.data.dataset.StepTally;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.replay.LeftOut;
import org.jowa.data.replay.ReplayScan;
import org.jowa.data.sample.Segmentation;
import org.jowa.data.storage.Sha256;
import org.jowa.env.game.Games;

/** Puts the results of an ingest's tasks together, in an order that no scheduler decides. */
final class ManifestBuilder {
  private static final Comparator<Integer> LANES_THEN_HELD_OUT =
      Comparator.comparing(lane -> lane == Shard.HELD_OUT_LANE ? Integer.MAX_VALUE : lane);

  private final IngestPlan plan;
  private final Map<RunPlan, List<UnitResult>> resultsOfRuns = new LinkedHashMap<>();
  private final List<Shard> shards = new ArrayList<>();
  private final List<StoredEpisode> episodes = new ArrayList<>();

  /**
   * @param written in the order of the plan's units
   * @param collected of runs, in their order
   */
  ManifestBuilder(IngestPlan plan, List<UnitResult> written, List<UnitResult> collected) {
    this.plan = plan;
    Iterator<UnitResult> units = written.iterator();
    for (RunPlan run : plan.runs()) {
      List<UnitResult> results = new ArrayList<>();
      run.units().forEach(unit -> results.add(units.next()));
      collected.stream()
          .filter(r -> r.game().equals(run.scan().game()) && r.run() == run.scan().run())
          .forEach(results::add);
      resultsOfRuns.put(run, results);
    }
    List<Integer> lanes =
        results()
            .flatMap(result -> result.shards().stream())
            .map(Shard::lane)
            .distinct()
            .sorted(LANES_THEN_HELD_OUT)
            .toList();
    for (int lane : lanes) {
      results().forEach(result -> addLane(lane, result));
    }
  }

  private Stream<UnitResult> results() {
    return resultsOfRuns.values().stream().flatMap(List::stream);
  }

  private void addLane(int lane, UnitResult result) {
    for (int i = 0; i < result.shards().size(); i++) {
      if (result.shards().get(i).lane() == lane) {
        for (StoredEpisode e : result.episodes()) {
          if (e.shard() == i) {
            episodes.add(
                new StoredEpisode(
                    e.game(),
                    e.run(),
                    e.episode(),
                    lane,
                    shards.size(),
                    e.firstRow(),
                    e.length(),
                    e.copies(),
                    e.rewardSum(),
                    e.rawReturn()));
          }
        }
        shards.add(result.shards().get(i));
      }
    }
  }

  EpisodeTable episodes() {
    return new EpisodeTable(episodes);
  }

  /** The manifest without the hashes of games' frames, which only a verification makes. */
  Manifest manifest(byte[] episodesFile) {
    List<Manifest.GameStatistics> games =
        plan.runs().stream().map(r -> r.scan().game()).distinct().map(this::statistics).toList();
    List<Manifest.Lane> lanes = IntStream.range(0, plan.lanes()).mapToObj(this::lane).toList();
    Manifest manifest =
        new Manifest(
            Manifest.VERSION,
            "",
            null,
            games.stream().mapToLong(Manifest.GameStatistics::steps).sum(),
            games.stream().mapToLong(Manifest.GameStatistics::episodes).sum(),
            games.stream().mapToLong(Manifest.GameStatistics::segments).sum(),
            games.stream().mapToLong(Manifest.GameStatistics::rows).sum(),
            new Manifest.SegmentRule(
                Segmentation.TRAINING.length(), Segmentation.TRAINING.stride(), "right"),
            games,
            lanes,
            lane(Shard.HELD_OUT_LANE),
            provenance(),
            new Manifest.EpisodesFile(
                EpisodeTable.FILE_NAME,
                episodes.size(),
                episodesFile.length,
                Sha256.of(episodesFile)),
            shards);
    return manifest.sealed();
  }

  private Manifest.GameStatistics statistics(String name) {
    int id = Games.byName(name).id();
    List<StoredEpisode> ofGame = episodes.stream().filter(e -> e.game() == id).toList();
    List<Double> rawReturns =
        ofGame.stream().map(StoredEpisode::rawReturn).filter(Objects::nonNull).toList();
    DoubleSummaryStatistics summary =
        rawReturns.stream().mapToDouble(Double::doubleValue).summaryStatistics();
    return new Manifest.GameStatistics(
        id,
        name,
        ofGame.stream().mapToLong(e -> (long) e.length() * e.copies()).sum(),
        ofGame.stream().mapToLong(StoredEpisode::copies).sum(),
        ofGame.stream().mapToLong(ManifestBuilder::segments).sum(),
        ofGame.stream().mapToDouble(e -> e.rewardSum() * e.copies()).sum(),
        ofGame.stream().mapToLong(StoredEpisode::length).sum(),
        ofGame.size(),
        (int) ofGame.stream().filter(StoredEpisode::isHeldOut).count(),
        rawReturns.isEmpty()
            ? null
            : new Manifest.RawReturns(
                rawReturns.size(), summary.getAverage(), summary.getMin(), summary.getMax()),
        tally(name).play(ofGame),
        null);
  }

  private StepTally tally(String game) {
    StepTally tally = new StepTally();
    results()
        .filter(result -> result.game().equals(game))
        .forEach(result -> tally.add(result.counts()));
    return tally;
  }

  private Manifest.Lane lane(int lane) {
    List<StoredEpisode> ofLane = episodes.stream().filter(e -> e.lane() == lane).toList();
    return new Manifest.Lane(
        lane,
        ofLane.size(),
        ofLane.stream().mapToLong(e -> (long) e.length() * e.copies()).sum(),
        Math.toIntExact(ofLane.stream().mapToLong(ManifestBuilder::segments).sum()),
        Math.toIntExact(ofLane.stream().mapToLong(StoredEpisode::length).sum()));
  }

  private static long segments(StoredEpisode e) {
    return (long) Segmentation.TRAINING.count(e.length()) * e.copies();
  }

  private Manifest.Provenance provenance() {
    List<Manifest.Run> runs = new ArrayList<>();
    List<SkippedSource> skipped = new ArrayList<>(plan.skipped());
    resultsOfRuns.forEach(
        (run, results) -> {
          runs.add(provenance(run.scan(), results));
          skipped.addAll(skipped(run, results));
        });
    IngestOptions options = plan.options();
    return new Manifest.Provenance(
        options.source(),
        options.rows(),
        options.stepsPerGame(),
        options.stepsPerGame() == null ? null : options.sampling(),
        options.seed(),
        options.heldOutFraction(),
        runs,
        skipped);
  }

  private static Manifest.Run provenance(ReplayScan scan, List<UnitResult> results) {
    long padding = results.stream().mapToLong(UnitResult::paddingRows).sum();
    return new Manifest.Run(
        scan.game(),
        scan.run(),
        scan.checkpoints(),
        scan.episodes().size(),
        results.stream().mapToInt(result -> result.episodes().size()).sum(),
        scan.leftOut().plus(new LeftOut(padding, 0, 0, 0, 0)),
        scan.recording(),
        results.stream()
            .filter(result -> result.checkpoint() != null && !result.sources().isEmpty())
            .map(result -> new Manifest.Source(result.checkpoint(), result.sources()))
            .toList(),
        null);
  }

  /** Checkpoints whose damage only showed when the frames were read. */
  private static List<SkippedSource> skipped(RunPlan run, List<UnitResult> results) {
    List<SkippedSource> skipped = new ArrayList<>();
    for (int u = 0; u < run.units().size(); u++) {
      SkippedSource s = results.get(u).skipped();
      if (s != null) {
        skipped.add(
            new SkippedSource(
                s.game(),
                s.run(),
                s.checkpoint(),
                s.file(),
                s.reason(),
                run.episodesIn(run.units().get(u))));
      }
    }
    return skipped;
  }
}
