package org.jowa.env.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;
import org.jowa.env.Protocol;
import org.jowa.env.Step;
import org.jowa.env.policy.Policy;
import org.jowa.env.rom.Rom;

/**
 * Plays one game with one policy and hands out every step as a row of a replay log (specification,
 * section 5.1). The rows are a function of ROM, policy, protocol and seed alone. Not thread-safe.
 *
 * <pre>{@code
 * try (PlayRecorder recorder = PlayRecorder.open(rom, policy, protocol.stickyActions(),
 *         protocol.maxSteps(), seed)) {
 *   List<RecordedEpisode> ended = recorder.record(10_000, writer::append);
 * }
 * }</pre>
 */
public final class PlayRecorder implements AutoCloseable {
  private final AtariEnv env;
  private final Policy policy;
  private final int maxSteps;
  private final RandomGenerator random;
  private final byte[] frame = new byte[AtariEnv.OBSERVATION_BYTES];

  private int steps;
  private double rawReturn;
  private double clippedReturn;

  private PlayRecorder(AtariEnv env, Policy policy, int maxSteps, RandomGenerator random) {
    this.env = env;
    this.policy = policy;
    this.maxSteps = maxSteps;
    this.random = random;
  }

  /**
   * A recorder at the start of its first episode.
   *
   * @param policy a new player, used by this recorder alone
   * @param stickyActions probability that a frame repeats the action before; the public logs were
   *     played with that of {@link Protocol#MACHADO}
   * @param maxSteps agent steps after which an episode is cut, see {@link Protocol#maxSteps}
   * @param seed of all chance in emulator and policy; any number
   * @throws org.jowa.error.InvalidInputException if the ROM can't be played
   */
  public static PlayRecorder open(
      Rom rom, Policy policy, double stickyActions, int maxSteps, long seed) {
    if (maxSteps < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Limit of %d steps is below 1", maxSteps));
    }
    SplittableRandom random = new SplittableRandom(seed);
    int emulatorSeed = random.nextInt(Integer.MAX_VALUE);
    AtariEnv env = AtariEnv.create(rom, stickyActions, emulatorSeed);
    return new PlayRecorder(env, policy, maxSteps, random);
  }

  /**
   * Plays on from where the last call stopped, in the middle of an episode as a rule.
   *
   * @return the episodes that ended in these steps, by order
   */
  public List<RecordedEpisode> record(long stepsToPlay, RowSink sink) {
    List<RecordedEpisode> ended = new ArrayList<>();
    for (long played = 0; played < stepsToPlay; played++) {
      env.observation(frame, 0);
      int fullAction = policy.act(env, random);
      int action = env.game().toMinimalIndex(fullAction);
      if (action < 0) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "The policy chose action %d, which %s does not have",
                fullAction,
                env.game()));
      }
      Step step = env.step(fullAction);
      double clipped = Math.max(-1, Math.min(1, step.reward()));
      steps++;
      rawReturn += step.reward();
      clippedReturn += clipped;
      boolean cut = !step.terminal() && steps == maxSteps;
      sink.row(frame, action, (float) clipped, step.reward(), step.terminal() || cut);
      if (step.terminal() || cut) {
        ended.add(new RecordedEpisode(steps, rawReturn, clippedReturn, cut));
        startEpisode();
      }
    }
    return ended;
  }

  @Override
  public void close() {
    env.close();
  }

  private void startEpisode() {
    env.reset();
    policy.reset();
    steps = 0;
    rawReturn = 0;
    clippedReturn = 0;
  }
}
