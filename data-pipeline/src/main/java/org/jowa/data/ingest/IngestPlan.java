package org.jowa.data.ingest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.SkippedSource;
import org.jowa.data.replay.LoggedEpisode;
import org.jowa.data.replay.Part;
import org.jowa.data.replay.ReplayScan;
import org.jowa.data.sample.KeyedHash;
import org.jowa.data.sample.Segmentation;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * Which episode goes where: a pure function of the options and of what the logs hold.
 *
 * @param lanes number of training lanes
 * @param runs what the tasks write, in the order of games and runs
 * @param skipped checkpoints whose small files can't be read
 */
public record IngestPlan(
    IngestOptions options, int lanes, List<RunPlan> runs, List<SkippedSource> skipped) {
  private static final long HELD_OUT_SITE = 0x68656c64L;

  public IngestPlan {
    runs = List.copyOf(runs);
    skipped = List.copyOf(skipped);
  }

  /** What each checkpoint's task writes, in the order of games, runs and checkpoints. */
  public List<UnitPlan> units() {
    return runs.stream().flatMap(run -> run.units().stream()).toList();
  }

  /**
   * What the tasks write that put straddling and held-out episodes together.
   *
   * @param results of the units, in their order
   */
  public List<CollectPlan> collects(List<UnitResult> results) {
    List<CollectPlan> plans = new ArrayList<>();
    int first = 0;
    for (RunPlan run : runs) {
      CollectPlan plan = run.collect(results.subList(first, first + run.units().size()));
      if (plan != null) {
        plans.add(plan);
      }
      first += run.units().size();
    }
    return plans;
  }

  /** An episode while it is being placed. */
  private record Candidate(int scan, LoggedEpisode episode, int copies) {
    LanePlan.Item item() {
      return new LanePlan.Item(
          (long) copies * Segmentation.TRAINING.count(episode.length()), episode.length());
    }

    /** The task that writes it: that of its checkpoint, or null for the one that collects. */
    @Nullable Integer checkpoint() {
      return episode.parts().size() == 1 ? episode.parts().get(0).checkpoint() : null;
    }
  }

  /** Training episodes that one task writes. */
  private record Group(int scan, @Nullable Integer checkpoint) {}

  /**
   * @param games in the order of the ingest
   * @param scans of the runs, in the order of games and runs
   * @throws InvalidInputException when a game has no ended episode
   */
  static IngestPlan of(
      IngestOptions options,
      List<String> games,
      List<ReplayScan> scans,
      List<SkippedSource> skipped) {
    Map<Group, List<Candidate>> training = new HashMap<>();
    Map<Integer, List<Candidate>> heldOut = new HashMap<>();
    for (int game = 0; game < games.size(); game++) {
      List<Candidate> taken = take(options, scans, games.get(game), game);
      Set<Candidate> chosen = chooseHeldOut(options, scans, taken);
      for (Candidate c : taken) {
        if (chosen.contains(c)) {
          heldOut.computeIfAbsent(c.scan(), s -> new ArrayList<>()).add(c);
        } else {
          Group group = new Group(c.scan(), c.checkpoint());
          training.computeIfAbsent(group, g -> new ArrayList<>()).add(c);
        }
      }
    }
    List<Group> groups = groups(scans);
    List<List<LanePlan.Item>> items =
        groups.stream().map(group -> items(training.getOrDefault(group, List.of()))).toList();
    LanePlan lanes =
        options.lanes() == null
            ? LanePlan.balanced(items, options.rowsPerShard())
            : LanePlan.of(options.lanes(), items, options.rowsPerShard());
    List<RunPlan> runs = new ArrayList<>();
    for (int scan = 0; scan < scans.size(); scan++) {
      RunBuilder run = new RunBuilder(scans.get(scan));
      for (int g = 0; g < groups.size(); g++) {
        if (groups.get(g).scan() == scan) {
          run.add(
              groups.get(g).checkpoint(),
              training.getOrDefault(groups.get(g), List.of()),
              lanes.groups().get(g));
        }
      }
      List<Candidate> apart = heldOut.getOrDefault(scan, List.of());
      run.add(
          null, apart, LanePlan.inLane(Shard.HELD_OUT_LANE, items(apart), options.rowsPerShard()));
      runs.add(run.plan());
    }
    return new IngestPlan(options, lanes.lanes(), runs, skipped);
  }

  private static List<LanePlan.Item> items(List<Candidate> candidates) {
    return candidates.stream().map(Candidate::item).toList();
  }

  private static List<Group> groups(List<ReplayScan> scans) {
    List<Group> groups = new ArrayList<>();
    for (int scan = 0; scan < scans.size(); scan++) {
      for (ReplayScan.Checkpoint checkpoint : scans.get(scan).checkpoints()) {
        groups.add(new Group(scan, checkpoint.number()));
      }
      groups.add(new Group(scan, null));
    }
    return groups;
  }

  private static List<Candidate> take(
      IngestOptions options, List<ReplayScan> scans, String game, int gameIndex) {
    List<Integer> scansOfGame =
        IntStream.range(0, scans.size())
            .filter(scan -> scans.get(scan).game().equals(game))
            .boxed()
            .toList();
    List<ReplayScan> ofGame = scansOfGame.stream().map(scans::get).toList();
    int[] drawn =
        options.stepsPerGame() == null
            ? null
            : EpisodeSampler.drawEpisodes(
                ofGame, options.stepsPerGame(), options.sampling(), options.seed() + gameIndex);
    List<Candidate> taken = new ArrayList<>();
    int index = 0;
    for (int scan : scansOfGame) {
      for (LoggedEpisode episode : scans.get(scan).episodes()) {
        int copies = drawn == null ? 1 : drawn[index];
        if (copies > 0) {
          taken.add(new Candidate(scan, episode, copies));
        }
        index++;
      }
    }
    if (taken.isEmpty()) {
      throw new InvalidInputException(
          "No episode of %s is in the logs under %s from its beginning to its end: leave the game out or record more steps."
              .formatted(game, options.source()));
    }
    return taken;
  }

  /** The share of a game's episodes with the smallest keyed hashes. */
  private static Set<Candidate> chooseHeldOut(
      IngestOptions options, List<ReplayScan> scans, List<Candidate> taken) {
    if (options.heldOutFraction() == 0 || taken.size() < 2) {
      return Set.of();
    }
    long count = Math.max(1, Math.round(options.heldOutFraction() * taken.size()));
    return new HashSet<>(
        taken.stream()
            .sorted(Comparator.comparingLong(candidate -> key(options, scans, candidate)))
            .limit(Math.min(count, taken.size() - 1))
            .toList());
  }

  private static long key(IngestOptions options, List<ReplayScan> scans, Candidate candidate) {
    ReplayScan scan = scans.get(candidate.scan());
    long key = KeyedHash.derive(options.seed(), HELD_OUT_SITE);
    key = KeyedHash.derive(key, Games.byName(scan.game()).id());
    key = KeyedHash.derive(key, scan.run());
    return KeyedHash.derive(key, candidate.episode().number());
  }

  /** Puts the plans of a run's tasks together. */
  private static final class RunBuilder {
    private final ReplayScan scan;
    private final Map<Integer, List<UnitPlan.Taken>> taken = new HashMap<>();
    private final Map<Integer, List<Integer>> lanesOfUnits = new HashMap<>();
    private final Map<Integer, List<Part>> fragments = new HashMap<>();
    private final List<Integer> lanes = new ArrayList<>();
    private final List<RunPlan.Collected> collected = new ArrayList<>();

    RunBuilder(ReplayScan scan) {
      this.scan = scan;
    }

    /**
     * @param checkpoint the task that writes the episodes, null for the one that collects
     */
    void add(@Nullable Integer checkpoint, List<Candidate> candidates, LanePlan.Shards shards) {
      if (candidates.isEmpty()) {
        return;
      }
      if (checkpoint != null) {
        lanesOfUnits.put(checkpoint, shards.lanes());
      }
      for (int i = 0; i < candidates.size(); i++) {
        Candidate c = candidates.get(i);
        LoggedEpisode episode = c.episode();
        int shard = shards.shardOf().get(i);
        Double rawReturn =
            scan.rawReturns() == null ? null : scan.rawReturns().get(episode.number());
        if (checkpoint != null) {
          taken
              .computeIfAbsent(checkpoint, n -> new ArrayList<>())
              .add(
                  new UnitPlan.Taken(
                      episode.number(), c.copies(), shard, episode.parts().get(0), rawReturn));
        } else {
          collected.add(
              new RunPlan.Collected(
                  episode.number(), c.copies(), lanes.size() + shard, episode.parts(), rawReturn));
          episode
              .parts()
              .forEach(
                  part ->
                      fragments
                          .computeIfAbsent(part.checkpoint(), n -> new ArrayList<>())
                          .add(part));
        }
      }
      if (checkpoint == null) {
        lanes.addAll(shards.lanes());
      }
    }

    RunPlan plan() {
      List<UnitPlan> units = new ArrayList<>();
      for (ReplayScan.Checkpoint checkpoint : scan.checkpoints()) {
        int number = checkpoint.number();
        if (taken.containsKey(number) || fragments.containsKey(number)) {
          List<UnitPlan.Taken> episodes = new ArrayList<>(taken.getOrDefault(number, List.of()));
          episodes.sort(Comparator.comparingLong(e -> e.part().firstRow()));
          List<Part> parts = new ArrayList<>(fragments.getOrDefault(number, List.of()));
          parts.sort(Comparator.comparingLong(Part::firstRow));
          units.add(
              new UnitPlan(
                  scan.rows(),
                  scan.game(),
                  scan.run(),
                  number,
                  checkpoint.rows(),
                  lanesOfUnits.getOrDefault(number, List.of()),
                  episodes,
                  parts));
        }
      }
      collected.sort(Comparator.comparingInt(RunPlan.Collected::episode));
      return new RunPlan(scan, units, lanes, collected);
    }
  }
}
