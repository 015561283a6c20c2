package org.jowa.data.dataset;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jowa.data.replay.ReplayScan;
import org.jowa.data.sample.KeyedHash;
import org.jowa.data.sample.Segmentation;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;

/**
 * Which episode goes where: a pure function of the options and of what the logs hold.
 *
 * @param lanes number of training lanes
 * @param units what each task writes, in the order of games and runs
 */
public record IngestPlan(IngestOptions options, int lanes, List<UnitPlan> units) {
  private static final long HELD_OUT_SITE = 0x68656c64L;

  public IngestPlan {
    units = List.copyOf(units);
  }

  /** An episode while it is being placed. */
  private record Candidate(int unit, int episode, int copies, int length) {
    long segments() {
      return (long) copies * Segmentation.TRAINING.count(length);
    }
  }

  /**
   * @param scans of the ingest's units, in their order
   * @throws InvalidInputException when a game has no ended episode
   */
  static IngestPlan of(IngestOptions options, List<ReplayScan> scans) {
    List<Candidate> training = new ArrayList<>();
    List<Candidate> heldOut = new ArrayList<>();
    List<String> games = scans.stream().map(ReplayScan::game).distinct().toList();
    for (int game = 0; game < games.size(); game++) {
      List<Candidate> taken = take(options, scans, games.get(game), game);
      Set<Candidate> chosen = chooseHeldOut(options, scans, taken);
      for (Candidate candidate : taken) {
        (chosen.contains(candidate) ? heldOut : training).add(candidate);
      }
    }
    long[] segments = training.stream().mapToLong(Candidate::segments).toArray();
    LanePlan lanes =
        options.lanes() == null
            ? LanePlan.balanced(segments)
            : LanePlan.of(options.lanes(), segments);
    List<List<UnitPlan.Taken>> taken = new ArrayList<>();
    scans.forEach(scan -> taken.add(new ArrayList<>()));
    for (int i = 0; i < training.size(); i++) {
      Candidate c = training.get(i);
      taken.get(c.unit()).add(new UnitPlan.Taken(c.episode(), c.copies(), lanes.laneOf()[i]));
    }
    for (Candidate c : heldOut) {
      taken.get(c.unit()).add(new UnitPlan.Taken(c.episode(), c.copies(), UnitPlan.HELD_OUT_LANE));
    }
    List<UnitPlan> units = new ArrayList<>();
    for (int unit = 0; unit < scans.size(); unit++) {
      taken.get(unit).sort(Comparator.comparingInt(UnitPlan.Taken::episode));
      units.add(new UnitPlan(options, scans.get(unit), taken.get(unit)));
    }
    return new IngestPlan(options, lanes.lanes(), units);
  }

  private static List<Candidate> take(
      IngestOptions options, List<ReplayScan> scans, String game, int gameIndex) {
    List<Integer> unitsOfGame =
        IntStream.range(0, scans.size())
            .filter(unit -> scans.get(unit).game().equals(game))
            .boxed()
            .toList();
    List<ReplayScan> ofGame = unitsOfGame.stream().map(scans::get).toList();
    int[] drawn =
        options.stepsPerGame() == null
            ? null
            : EpisodeSampler.drawEpisodes(
                ofGame, options.stepsPerGame(), options.seed() + gameIndex);
    List<Candidate> taken = new ArrayList<>();
    int index = 0;
    for (int unit : unitsOfGame) {
      ReplayScan scan = scans.get(unit);
      for (int episode = 0; episode < scan.episodes(); episode++, index++) {
        int copies = drawn == null ? 1 : drawn[index];
        if (copies > 0) {
          taken.add(new Candidate(unit, episode, copies, scan.lengths().get(episode)));
        }
      }
    }
    if (taken.isEmpty()) {
      throw new InvalidInputException(
          "No episode of %s ends in the logs under %s: leave the game out or record more steps."
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
    ReplayScan scan = scans.get(candidate.unit());
    long key = KeyedHash.derive(options.seed(), HELD_OUT_SITE);
    key = KeyedHash.derive(key, Games.byName(scan.game()).id());
    key = KeyedHash.derive(key, scan.run());
    return KeyedHash.derive(key, candidate.episode());
  }
}
