package org.jowa.jobs.play;

import org.jowa.env.AtariEnv;
import org.jowa.env.Step;
import org.jowa.jobs.media.Pictures;
import org.jowa.model.plan.TokenBuffer;

/** An episode in the emulator. */
final class RealStage implements Stage {
  private final AtariEnv env;
  private final Frames frames;
  private final TokenBuffer memory;
  private final int maxSteps;
  private final byte[] frame = new byte[AtariEnv.OBSERVATION_BYTES];
  private int steps;

  /**
   * @param env closed with this
   * @param memory empty
   * @param maxSteps after which the episode is cut
   */
  RealStage(AtariEnv env, Frames frames, TokenBuffer memory, int maxSteps) {
    this.env = env;
    this.frames = frames;
    this.memory = memory;
    this.maxSteps = maxSteps;
    see();
  }

  private void see() {
    env.observation(frame, 0);
    memory.addFrame(frames.tokens(frame), 0);
  }

  @Override
  public TokenBuffer memory() {
    return memory;
  }

  @Override
  public double step(int action) {
    memory.addAction(action);
    Step step = env.step(action);
    steps++;
    see();
    return step.reward();
  }

  @Override
  public boolean isOver() {
    return env.isOver() || steps >= maxSteps;
  }

  @Override
  public Picture picture() {
    int[] pixels = new int[env.screenWidth() * env.screenHeight()];
    env.screenRgb(pixels);
    return new Picture(
        Pictures.png(pixels, env.screenWidth(), env.screenHeight()),
        env.screenWidth(),
        env.screenHeight());
  }

  @Override
  public void close() {
    env.close();
  }
}
