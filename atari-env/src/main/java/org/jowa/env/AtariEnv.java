package org.jowa.env;

import java.util.Arrays;
import org.jowa.env.ale.Emulator;
import org.jowa.env.ale.EmulatorState;
import org.jowa.env.game.Game;
import org.jowa.env.rom.Rom;

/**
 * One game of Atari as an agent sees it (specification, section 7): an action holds for four
 * emulator frames, an observation is the larger of the last two frames pixel by pixel, in gray,
 * shrunk to 84x84; rewards are raw and include that of the step that ends the game. An episode is a
 * whole game. The limit on steps belongs to the {@link Protocol} and is the player's business.
 *
 * <p>Not thread-safe; environments in different threads don't disturb each other. In a JVM that
 * uses torch too, see {@link org.jowa.env.ale.AleNatives}.
 */
public final class AtariEnv implements AutoCloseable {
  /** Emulator frames in a step. */
  public static final int FRAME_SKIP = 4;

  /** Bytes of an observation, 84x84. */
  public static final int OBSERVATION_BYTES = AreaResize.SIZE * AreaResize.SIZE;

  private final Game game;
  private final Emulator emulator;
  private final AreaResize resize;
  private final byte[] thirdFrame;
  private final byte[] fourthFrame;
  private boolean over;

  private AtariEnv(Game game, Emulator emulator) {
    this.game = game;
    this.emulator = emulator;
    this.resize = AreaResize.of(emulator.width(), emulator.height());
    this.thirdFrame = new byte[emulator.width() * emulator.height()];
    this.fourthFrame = new byte[thirdFrame.length];
  }

  /**
   * An environment that stands at the start of its first episode.
   *
   * @param stickyActions probability that a frame repeats the action before, see {@link
   *     Protocol#stickyActions}
   * @param seed of the emulator's randomness, 0 or more
   * @throws org.jowa.error.InvalidInputException if the ROM can't be played
   */
  public static AtariEnv create(Rom rom, double stickyActions, int seed) {
    AtariEnv env = new AtariEnv(rom.game(), Emulator.open(rom.path(), stickyActions, seed));
    env.reset();
    return env;
  }

  /** What is played. */
  public Game game() {
    return game;
  }

  /** Starts an episode. Random numbers go on where they are, so episodes differ. */
  public void reset() {
    emulator.reset();
    emulator.gray(thirdFrame);
    Arrays.fill(fourthFrame, (byte) 0);
    over = emulator.isOver();
  }

  /**
   * Holds an action for four frames, or until the game is over.
   *
   * @param fullAction 0 to 17, also one that this game ignores
   * @throws IllegalStateException if the game is over
   */
  public Step step(int fullAction) {
    if (over) {
      throw new IllegalStateException("The game of %s is over: reset first".formatted(game));
    }
    double reward = 0;
    for (int frame = 1; frame <= FRAME_SKIP && !over; frame++) {
      reward += emulator.act(fullAction);
      over = emulator.isOver();
      if (frame == FRAME_SKIP - 1) {
        emulator.gray(thirdFrame);
      } else if (frame == FRAME_SKIP) {
        emulator.gray(fourthFrame);
      }
    }
    return new Step(reward, over);
  }

  /** Whether the game is over, so that only a reset or a restored state goes on. */
  public boolean isOver() {
    return over;
  }

  /**
   * What the agent sees now.
   *
   * @param target receives {@code [84, 84]} unsigned bytes
   * @param offset where in the target
   */
  public void observation(byte[] target, int offset) {
    resize.shrinkMax(thirdFrame, fourthFrame, target, offset);
  }

  /** One byte of the console's memory, 0 to 255. */
  public int ram(int index) {
    return emulator.ram(index);
  }

  /** Lives left; 0 for a game that has no lives. */
  public int lives() {
    return emulator.lives();
  }

  /** Width of the console's picture, 160. */
  public int screenWidth() {
    return emulator.width();
  }

  /** Height of the console's picture: 210, or more for a few games. */
  public int screenHeight() {
    return emulator.height();
  }

  /**
   * The console's picture in colour, for people.
   *
   * @param pixels receives {@code [screenHeight, screenWidth]}, each 0xRRGGBB
   */
  public void screenRgb(int[] pixels) {
    emulator.rgb(pixels);
  }

  /** The present moment, observation and random numbers included; close it after use. */
  public State cloneState() {
    return new State(emulator.capture(), thirdFrame.clone(), fourthFrame.clone(), over);
  }

  /**
   * Goes back to a moment of this environment, or of another with the same ROM: what follows is
   * what followed then, bit for bit.
   */
  public void restoreState(State state) {
    emulator.restore(state.emulator);
    System.arraycopy(state.thirdFrame, 0, thirdFrame, 0, thirdFrame.length);
    System.arraycopy(state.fourthFrame, 0, fourthFrame, 0, fourthFrame.length);
    over = state.over;
  }

  @Override
  public void close() {
    emulator.close();
  }

  /** A moment of an episode. */
  public static final class State implements AutoCloseable {
    private final EmulatorState emulator;
    private final byte[] thirdFrame;
    private final byte[] fourthFrame;
    private final boolean over;

    private State(EmulatorState emulator, byte[] thirdFrame, byte[] fourthFrame, boolean over) {
      this.emulator = emulator;
      this.thirdFrame = thirdFrame;
      this.fourthFrame = fourthFrame;
      this.over = over;
    }

    @Override
    public void close() {
      emulator.close();
    }
  }
}
