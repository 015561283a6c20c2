package org.jowa.jobs.record;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jowa.data.replay.ReplayLogWriter;
import org.jowa.data.storage.Storage;
import org.jowa.env.Protocol;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.env.policy.Policies;
import org.jowa.env.record.PlayRecorder;
import org.jowa.env.record.RecordedEpisode;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.TorchRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays games with a simple policy and writes their logs.
 *
 * @param roms where the user keeps ROMs, if they said so
 */
public record RecordJob(Plan plan, Optional<Path> roms) implements Job<Long> {
  private static final Logger LOG = LoggerFactory.getLogger(RecordJob.class);

  /** As in the public logs. */
  private static final int ROWS_PER_FILE = 1_000_000;

  private static final int PROGRESS_STEPS = 100;

  /**
   * What to play.
   *
   * @param games names
   * @param runs of each game, numbered from 1
   * @param policies as {@link Policies#byName} knows them; runs take them in turn
   * @param steps agent steps of each game, over its runs
   * @param protocol sticky actions and longest episode
   * @param seed of all chance
   * @param out folder or URI of the logs
   */
  public record Plan(
      List<String> games,
      int runs,
      List<String> policies,
      int steps,
      Protocol protocol,
      int seed,
      String out)
      implements Serializable {
    public Plan {
      games = List.copyOf(games);
      policies = List.copyOf(policies);
    }

    String policy(int run) {
      return policies.get((run - 1) % policies.size());
    }
  }

  /** One task: a run of a game. Its seed is its own, so tasks may run anywhere in any order. */
  private record Unit(Plan plan, String game, int run, int steps, String romFile)
      implements Serializable {
    long seed() {
      return FunctionalRandom.key(plan.seed, Games.byName(game).id(), run, 0);
    }
  }

  /** What a task played. */
  private record Played(int episodes, double rawReturns) implements Serializable {}

  /**
   * Plays everything; a log appears when its run is complete.
   *
   * @return agent steps that were played
   * @throws InvalidInputException if a ROM is missing, or there is a log already
   */
  @Override
  public Long run(SparkJobs jobs) {
    Storage out = Storage.at(plan.out(), SparkJobs.hadoop());
    for (String name : plan.games()) {
      for (int run = 1; run <= plan.runs(); run++) {
        requireFree(out, Games.byName(name), run);
      }
    }
    return runMissing(jobs);
  }

  /**
   * Plays the runs that have no log yet: those of an earlier attempt with the same plan stay.
   *
   * @return agent steps that were played
   * @throws InvalidInputException if a ROM is missing
   */
  public long runMissing(SparkJobs jobs) {
    TorchRuntime.init();
    RomLocator locator = RomLocator.of(roms);
    Storage out = Storage.at(plan.out(), SparkJobs.hadoop());
    long total = 0;
    List<Unit> units = new ArrayList<>();
    for (String name : plan.games()) {
      Rom rom = locator.locate(Games.byName(name));
      for (int run = 1; run <= plan.runs(); run++) {
        if (out.exists(logs(rom.game(), run))) {
          continue;
        }
        int share = plan.steps() / plan.runs() + (run <= plan.steps() % plan.runs() ? 1 : 0);
        units.add(new Unit(plan, rom.game().name(), run, share, rom.path().toString()));
        total += share;
      }
    }
    List<Played> played = jobs.each("record", "steps", total, units, RecordJob::play);
    for (int i = 0; i < units.size(); i++) {
      Played result = played.get(i);
      LOG.info(
          "{} run {}: {} episodes, mean raw return {}",
          units.get(i).game(),
          units.get(i).run(),
          result.episodes(),
          result.episodes() == 0
              ? "none"
              : String.format(Locale.ROOT, "%.1f", result.rawReturns() / result.episodes()));
    }
    return total;
  }

  private static String logs(Game game, int run) {
    return game.name() + "/" + run + "/replay_logs";
  }

  private static void requireFree(Storage out, Game game, int run) {
    String logs = logs(game, run);
    if (out.exists(logs)) {
      throw new InvalidInputException(
          "There is a log in %s already: delete it or choose another --out"
              .formatted(out.describe(logs)));
    }
  }

  private static Played play(Unit unit, TaskProgress progress) {
    TorchRuntime.init();
    Plan plan = unit.plan();
    String policy = plan.policy(unit.run());
    Rom rom =
        RomLocator.of(Optional.ofNullable(Path.of(unit.romFile()).getParent()))
            .locate(Games.byName(unit.game()));
    Protocol protocol = plan.protocol();
    try (PlayRecorder recorder =
            PlayRecorder.open(
                rom,
                Policies.byName(policy),
                protocol.stickyActions(),
                protocol.maxSteps(),
                unit.seed());
        ReplayLogWriter writer =
            ReplayLogWriter.create(
                Storage.at(plan.out(), SparkJobs.hadoop()),
                rom.game(),
                unit.run(),
                policy,
                unit.seed(),
                protocol.stickyActions(),
                rom.md5(),
                ROWS_PER_FILE)) {
      int episodes = 0;
      double rawReturns = 0;
      for (int done = 0; done < unit.steps(); done += PROGRESS_STEPS) {
        int steps = Math.min(PROGRESS_STEPS, unit.steps() - done);
        for (RecordedEpisode episode : recorder.record(steps, writer::append)) {
          episodes++;
          rawReturns += episode.rawReturn();
        }
        progress.advance(steps);
      }
      writer.finish();
      return new Played(episodes, rawReturns);
    }
  }
}
