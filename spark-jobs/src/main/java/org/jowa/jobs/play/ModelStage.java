package org.jowa.jobs.play;

import java.util.Arrays;
import org.jowa.model.plan.ImaginedGame;
import org.jowa.model.plan.ImaginedGame.ImaginedStep;
import org.jowa.model.plan.TokenBuffer;

/** An episode that the model imagines: nothing of it was ever played. */
final class ModelStage implements Stage {
  private final ImaginedGame game;
  private final Frames frames;
  private final TokenBuffer memory;
  private long steps;
  private boolean over;

  /**
   * @param memory of what the episode begins with
   */
  ModelStage(ImaginedGame game, Frames frames, TokenBuffer memory) {
    this.game = game;
    this.frames = frames;
    this.memory = memory;
  }

  @Override
  public TokenBuffer memory() {
    return memory;
  }

  @Override
  public double step(int action) {
    ImaginedStep next = game.step(memory.context(game.contextBlocks()), action, steps++);
    memory.addAction(action);
    memory.addFrame(Arrays.stream(next.tokens()).asLongStream().toArray(), 0);
    over = next.end();
    return next.reward();
  }

  @Override
  public boolean isOver() {
    return over;
  }

  @Override
  public Picture picture() {
    return new Picture(frames.picture(memory.context(1)), Frames.SIDE, Frames.SIDE);
  }

  @Override
  public void close() {}
}
