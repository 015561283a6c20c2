package org.jowa.jobs.evaluate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.jowa.env.AtariEnv;
import org.jowa.env.Step;
import org.jowa.env.policy.Policies;
import org.jowa.env.policy.Policy;
import org.jowa.env.rom.Rom;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.report.evaluation.EpisodeResult;
import org.jowa.model.plan.PlanningAgent;

/** Plays one group of episodes to their ends, each in its own emulator. */
final class GroupPlay implements AutoCloseable {
  private final EvaluationPlan plan;
  private final EpisodeGroup group;
  private final TaskProgress progress;
  private final List<AtariEnv> environments = new ArrayList<>();
  private final double[] returns;
  private final int[] steps;
  private final boolean[] active = new boolean[EpisodeGroup.WIDTH];

  /**
   * @param progress counts steps; those that an ended episode has no use for count as done
   */
  GroupPlay(EvaluationPlan plan, EpisodeGroup group, Rom rom, TaskProgress progress) {
    this.plan = plan;
    this.group = group;
    this.progress = progress;
    this.returns = new double[group.episodes()];
    this.steps = new int[group.episodes()];
    for (int row = 0; row < group.episodes(); row++) {
      environments.add(
          AtariEnv.create(
              rom, plan.protocol().stickyActions(), group.emulatorSeed(plan.seed(), row)));
      active[row] = true;
    }
  }

  /**
   * Lets the agent play.
   *
   * @param clip receives what the first row shows
   */
  List<EpisodeResult> play(PlanningAgent agent, EpisodeClip clip) throws IOException {
    ByteBuffer frames = ByteBuffer.allocateDirect(EpisodeGroup.WIDTH * AtariEnv.OBSERVATION_BYTES);
    byte[] frame = new byte[AtariEnv.OBSERVATION_BYTES];
    for (int row = 0; row < EpisodeGroup.WIDTH; row++) {
      agent.startEpisode(row, group.first() + row);
    }
    while (anyActive()) {
      for (int row = 0; row < environments.size(); row++) {
        environments.get(row).observation(frame, 0);
        frames.put(row * AtariEnv.OBSERVATION_BYTES, frame);
      }
      int[] actions = agent.act(frames, active.clone());
      if (active[0]) {
        clip.add(environments.get(0));
      }
      step(row -> actions[row]);
    }
    return results();
  }

  /** Lets a uniformly random player play. */
  List<EpisodeResult> playRandomly() {
    Policy policy = Policies.byName("random");
    List<SplittableRandom> chance = new ArrayList<>();
    for (int row = 0; row < environments.size(); row++) {
      chance.add(new SplittableRandom(group.playerSeed(plan.seed(), row)));
    }
    while (anyActive()) {
      step(row -> policy.act(environments.get(row), chance.get(row)));
    }
    return results();
  }

  private boolean anyActive() {
    for (boolean row : active) {
      if (row) {
        return true;
      }
    }
    return false;
  }

  private void step(IntUnaryOperator action) {
    long done = 0;
    for (int row = 0; row < environments.size(); row++) {
      if (active[row]) {
        Step step = environments.get(row).step(action.applyAsInt(row));
        returns[row] += step.reward();
        steps[row]++;
        active[row] = !step.terminal() && steps[row] < plan.maxSteps();
        done += active[row] ? 1 : plan.maxSteps() - steps[row] + 1L;
      }
    }
    progress.advance(done);
  }

  private List<EpisodeResult> results() {
    List<EpisodeResult> results = new ArrayList<>();
    for (int row = 0; row < environments.size(); row++) {
      results.add(
          new EpisodeResult(
              group.game(),
              group.first() + row,
              group.emulatorSeed(plan.seed(), row),
              returns[row],
              steps[row],
              !environments.get(row).isOver()));
    }
    return results;
  }

  @Override
  public void close() {
    environments.forEach(AtariEnv::close);
  }
}
