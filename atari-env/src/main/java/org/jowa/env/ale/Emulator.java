package org.jowa.env.ale;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.ale.ALEInterface;
import org.bytedeco.ale.ALEScreen;
import org.bytedeco.ale.ColourPalette;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;

/**
 * One Atari 2600 that plays one game, frame by frame. Not thread-safe, but emulators in different
 * threads don't disturb each other.
 *
 * <p>Sticky actions are drawn here and not by the library, from an equal generator with the same
 * seed, so play is the library's own, bit for bit. The reason is that the library forgets the
 * action that sticks when it restores a state, so a restored game would take another course.
 */
public final class Emulator implements AutoCloseable {
  /** How many actions there are: 0 to 17, in the emulator's order. */
  public static final int ACTIONS = Games.FULL_ACTIONS;

  private static final int NOOP = 0;
  private static final Object CONSTRUCTION = new Object();

  private final ALEInterface ale;
  private final boolean overWithoutLives;
  private final float stickyActions;
  private final MersenneTwister random;
  private final int width;
  private final int height;
  private final ByteBuffer screen;
  private final ByteBuffer ram;
  private final byte[] gray = new byte[256];
  private final int[] rgb = new int[256];

  private int lastAction = NOOP;
  private boolean closed;

  private Emulator(ALEInterface ale, String romName, double stickyActions, int seed) {
    this.ale = ale;
    this.overWithoutLives = romName.equals("chopper_command");
    this.stickyActions = (float) stickyActions;
    this.random = new MersenneTwister(seed);
    // Keeps an enclosing PointerScope of the caller from freeing what belongs to this object.
    ale.retainReference();
    ALEScreen picture = ale.getScreen();
    width = (int) picture.width();
    height = (int) picture.height();
    screen = picture.getArray().capacity(picture.arraySize()).asByteBuffer();
    ram = ale.getRAM().array().capacity(ale.getRAM().size()).asByteBuffer();
    ColourPalette palette = ale.theOSystem().colourPalette();
    for (int i = 0; i < 256; i++) {
      // The lowest bit of a colour has no meaning on this console, and no entry in the palette.
      gray[i] = palette.getGrayscale(i & 0xFE);
      rgb[i] = palette.getRGB(i & 0xFE);
    }
  }

  /**
   * Switches on an emulator with a ROM; the game stands at its first frame.
   *
   * @param rom a ROM that {@link Cartridges#identify} knows
   * @param stickyActions probability that a frame repeats the action before, 0 to 1 (1 excluded)
   * @param seed of all randomness, 0 or more
   * @throws InvalidInputException if the file isn't a ROM that the emulator can play
   * @throws IllegalArgumentException if a number is out of range
   */
  public static Emulator open(Path rom, double stickyActions, int seed) {
    if (!(stickyActions >= 0 && stickyActions < 1)) {
      throw new IllegalArgumentException(
          "Probability of sticky actions %s is not in [0, 1)".formatted(stickyActions));
    }
    if (seed < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Emulator seed %d is negative", seed));
    }
    AleNatives.init();
    // The library ends or hangs the whole process when it is given a file that it can't play.
    String romName =
        Cartridges.identify(rom)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "%s is not a ROM that the emulator can play".formatted(rom)));
    synchronized (CONSTRUCTION) {
      ALEInterface ale = new ALEInterface();
      ale.setInt("random_seed", seed);
      ale.setFloat("repeat_action_probability", 0);
      ale.loadROM(rom.toString());
      return new Emulator(ale, romName, stickyActions, seed);
    }
  }

  /** Pixels in a row; 160 for every game. */
  public int width() {
    return width;
  }

  /** Rows of the screen; 210 for most games, up to 250. */
  public int height() {
    return height;
  }

  /** Starts a new game. Random numbers go on where they are. */
  public void reset() {
    requireOpen();
    ale.reset_game();
    lastAction = NOOP;
  }

  /**
   * Plays one frame; a game that is over stays as it is.
   *
   * @param action 0 to 17
   * @return the raw reward of the frame
   * @throws IllegalArgumentException if there is no such action
   */
  public int act(int action) {
    requireOpen();
    if (action < 0 || action >= ACTIONS) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Action %d is not 0 to %d", action, ACTIONS - 1));
    }
    if (random.nextDouble() >= stickyActions) {
      lastAction = action;
    }
    // The library draws for a second player too.
    random.nextInt();
    return ale.act(lastAction);
  }

  /** Whether the game is over. */
  public boolean isOver() {
    requireOpen();
    // The library's ChopperCommand goes on when no life is left; newer versions end the game.
    return ale.game_over() || (overWithoutLives && ale.lives() == 0);
  }

  /** Lives left; 0 for a game that has no lives. */
  public int lives() {
    requireOpen();
    return ale.lives();
  }

  /** One byte of the console's memory, 0 to 255. */
  public int ram(int index) {
    requireOpen();
    return ram.get(index) & 0xFF;
  }

  /**
   * The picture in gray, as the palette defines it.
   *
   * @param pixels {@code [height, width]}, written whole
   */
  public void gray(byte[] pixels) {
    requireOpen();
    screen.get(0, pixels, 0, width * height);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = gray[pixels[i] & 0xFF];
    }
  }

  /**
   * The picture in colour.
   *
   * @param pixels {@code [height, width]}, each 0xRRGGBB
   */
  public void rgb(int[] pixels) {
    requireOpen();
    for (int i = 0; i < width * height; i++) {
      pixels[i] = rgb[screen.get(i) & 0xFF];
    }
  }

  /** The present moment; close it when it is no longer wanted. */
  public EmulatorState capture() {
    requireOpen();
    byte[] picture = new byte[width * height];
    screen.get(0, picture);
    return new EmulatorState(ale.cloneState(true), random.copy(), lastAction, picture);
  }

  /** Goes back to a moment that this emulator, or another with the same ROM, captured. */
  public void restore(EmulatorState state) {
    requireOpen();
    if (state.machine.isNull()) {
      throw new IllegalStateException("Cannot restore a state that is closed");
    }
    ale.restoreState(state.machine);
    random.copyFrom(state.random);
    lastAction = state.lastAction;
    // The library would show the old picture until the next frame.
    screen.put(0, state.screen);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      ale.deallocate();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("The emulator is closed");
    }
  }
}
