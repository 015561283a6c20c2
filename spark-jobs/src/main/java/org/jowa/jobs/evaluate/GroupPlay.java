package org.jowa.jobs.evaluate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.jowa.env.AtariEnv;
import org.jowa.env.Step;
import org.jowa.env.policy.Policies;
import org.jowa.env.policy.Policy;
import org.jowa.env.rom.Rom;
import org.jowa.jobs.evaluate.EpisodeGroup.Episode;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.model.plan.PlanningAgent;
import org.jspecify.annotations.Nullable;

/**
 * Plays a group of episodes, each in its own emulator; a row that has ended one begins the next.
 * Emulators step and make what is seen side by side in threads, which changes nothing in any.
 */
final class GroupPlay implements AutoCloseable {
  private static final int WIDTH = EpisodeGroup.WIDTH;

  private final EvaluationPlan plan;
  private final EpisodeGroup group;
  private final Rom rom;
  private final TaskProgress progress;
  private final Ended ended;
  private final Deque<Integer> waiting;
  private final @Nullable Row[] rows = new Row[WIDTH];
  private final InRows inRows;

  /** Takes in an episode that has ended. */
  @FunctionalInterface
  interface Ended {
    void accept(Episode episode, EpisodeResult result, byte[] actions) throws IOException;
  }

  /** An episode being played. */
  private static final class Row {
    final int episode;
    final AtariEnv env;
    final ByteArrayOutputStream actions = new ByteArrayOutputStream();
    final byte[] frame = new byte[AtariEnv.OBSERVATION_BYTES];
    double rawReturn;
    int steps;

    Row(int episode, AtariEnv env) {
      this.episode = episode;
      this.env = env;
    }
  }

  /**
   * @param progress counts the agent's steps and episodes
   * @param threads that step emulators
   * @param ended is told of every episode when it ends, in the caller's thread
   */
  GroupPlay(
      EvaluationPlan plan,
      EpisodeGroup group,
      Rom rom,
      int threads,
      TaskProgress progress,
      Ended ended) {
    this.plan = plan;
    this.group = group;
    this.rom = rom;
    this.progress = progress;
    this.ended = ended;
    this.waiting = new ArrayDeque<>(group.episodes());
    this.inRows = InRows.of(WIDTH, threads);
  }

  /** Lets the agent play. */
  void play(PlanningAgent agent) throws IOException {
    ByteBuffer frames = ByteBuffer.allocateDirect(WIDTH * AtariEnv.OBSERVATION_BYTES);
    while (true) {
      boolean[] active = new boolean[WIDTH];
      for (int row = 0; row < WIDTH; row++) {
        if (rows[row] == null && begin(row)) {
          agent.startEpisode(row, rows[row].episode);
        }
        active[row] = rows[row] != null;
      }
      if (!anyActive()) {
        return;
      }
      inRows.each(
          row -> {
            if (rows[row] != null) {
              rows[row].env.observation(rows[row].frame, 0);
              frames.put(row * AtariEnv.OBSERVATION_BYTES, rows[row].frame);
            }
          });
      int[] actions = agent.act(frames, active);
      step(row -> actions[row]);
    }
  }

  /** Lets a uniformly random player play. */
  void playRandomly() throws IOException {
    Policy policy = Policies.byName("random");
    SplittableRandom[] chance = new SplittableRandom[WIDTH];
    while (true) {
      for (int row = 0; row < WIDTH; row++) {
        if (rows[row] == null && begin(row)) {
          chance[row] =
              new SplittableRandom(group.episode(rows[row].episode).playerSeed(plan.seed()));
        }
      }
      if (!anyActive()) {
        return;
      }
      step(row -> policy.act(rows[row].env, chance[row]));
    }
  }

  private boolean begin(int row) {
    Integer episode = waiting.poll();
    if (episode != null) {
      int seed = group.episode(episode).emulatorSeed(plan.seed());
      rows[row] = new Row(episode, AtariEnv.create(rom, plan.protocol().stickyActions(), seed));
    }
    return episode != null;
  }

  private boolean anyActive() {
    return Arrays.stream(rows).anyMatch(Objects::nonNull);
  }

  private void step(IntUnaryOperator action) throws IOException {
    @Nullable Step[] steps = new Step[WIDTH];
    inRows.each(
        i -> {
          if (rows[i] != null) {
            int chosen = action.applyAsInt(i);
            rows[i].actions.write(chosen);
            steps[i] = rows[i].env.step(chosen);
          }
        });
    long done = 0;
    for (int i = 0; i < WIDTH; i++) {
      Row row = rows[i];
      Step step = steps[i];
      if (row == null || step == null) {
        continue;
      }
      row.rawReturn += step.reward();
      row.steps++;
      done++;
      if (step.terminal() || row.steps >= plan.maxSteps()) {
        end(i);
        if (!group.random()) {
          progress.ended(row.steps);
        }
      }
    }
    if (!group.random()) {
      progress.advance(done);
    }
  }

  private void end(int i) throws IOException {
    Row row = rows[i];
    rows[i] = null;
    Episode episode = group.episode(row.episode);
    boolean truncated = !row.env.isOver();
    row.env.close();
    ended.accept(
        episode,
        new EpisodeResult(
            episode.game(),
            episode.number(),
            episode.emulatorSeed(plan.seed()),
            row.rawReturn,
            row.steps,
            truncated),
        row.actions.toByteArray());
  }

  @Override
  public void close() {
    inRows.close();
    for (Row row : rows) {
      if (row != null) {
        row.env.close();
      }
    }
  }
}
