package org.jowa.env.ale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.ale.ALEInterface;
import org.bytedeco.ale.ALEScreen;
import org.bytedeco.javacpp.PointerScope;
import org.jowa.env.TestRoms;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmulatorTest {
  @ParameterizedTest
  @CsvSource({"Pong, 0, 0.25", "SpaceInvaders, 7, 0.25", "Carnival, 2147483647, 0.6"})
  void stickyActionsAreTheLibrarysOwnBitForBit(String game, int seed, float stickyActions) {
    Path rom = TestRoms.locate(game).path();
    try (Emulator emulator = Emulator.open(rom, stickyActions, seed);
        ALEInterface library = new ALEInterface()) {
      library.setInt("random_seed", seed);
      library.setFloat("repeat_action_probability", stickyActions);
      library.loadROM(rom.toString());
      ALEScreen screen = library.getScreen();
      ByteBuffer picture = screen.getArray().capacity(screen.arraySize()).asByteBuffer();
      byte[] gray = new byte[picture.capacity()];
      byte[] expected = new byte[picture.capacity()];
      Random random = new Random(5);
      emulator.reset();
      library.reset_game();
      for (int frame = 0; frame < 1_500; frame++) {
        int action = random.nextInt(Emulator.ACTIONS);
        assertThat(emulator.act(action)).isEqualTo(library.act(action));
        emulator.gray(gray);
        library.getScreenGrayscale(expected);
        assertThat(Arrays.equals(gray, expected)).as("frame %d", frame).isTrue();
        if (library.game_over() || frame == 800) {
          emulator.reset();
          library.reset_game();
        }
      }
    }
  }

  @Test
  void emulatorsInDifferentThreadsPlayAsAlone() throws Exception {
    Path rom = TestRoms.locate("Breakout").path();
    List<Integer> alone = List.of(course(rom, 1), course(rom, 2), course(rom, 3), course(rom, 4));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Integer>> together = new ArrayList<>();
      for (int seed = 1; seed <= 4; seed++) {
        int own = seed;
        together.add(threads.submit(() -> course(rom, own)));
      }
      for (int i = 0; i < 4; i++) {
        assertThat(together.get(i).get()).isEqualTo(alone.get(i));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void survivesTheEndOfAScopeThatItWasOpenedIn() {
    Path rom = TestRoms.locate("Pong").path();
    Emulator emulator;
    EmulatorState state;
    try (PointerScope scope = new PointerScope()) {
      emulator = Emulator.open(rom, 0, 0);
      state = emulator.capture();
      assertThat(scope).isNotNull();
    }
    emulator.restore(state);
    assertThat(emulator.act(0)).isZero();
    assertThat(emulator.height()).isEqualTo(210);
    state.close();
    EmulatorState closed = state;
    assertThatThrownBy(() -> emulator.restore(closed)).isInstanceOf(IllegalStateException.class);
    emulator.close();
  }

  @Test
  void refusesNumbersThatWouldEndTheProcess() {
    Path rom = TestRoms.locate("Pong").path();
    for (double sticky : new double[] {-0.1, 1, Double.NaN}) {
      assertThatThrownBy(() -> Emulator.open(rom, sticky, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Probability of sticky actions %s is not in [0, 1)", sticky);
    }
    assertThatThrownBy(() -> Emulator.open(rom, 0, -1))
        .isInstanceOf(IllegalArgumentException.class);
    try (Emulator emulator = Emulator.open(rom, 0, 0)) {
      for (int action : new int[] {-1, 18}) {
        assertThatThrownBy(() -> emulator.act(action))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("Action %d is not 0 to 17", action);
      }
      assertThatThrownBy(() -> emulator.ram(128)).isInstanceOf(IndexOutOfBoundsException.class);
      emulator.act(17);
    }
  }

  @Test
  void refusesFilesThatWouldEndOrHangTheProcess(@TempDir Path folder) throws Exception {
    byte[] noise = new byte[4096];
    new Random(0).nextBytes(noise);
    Path random = Files.write(folder.resolve("random.bin"), noise);
    Path empty = Files.createFile(folder.resolve("empty.bin"));
    Path directory = Files.createDirectory(folder.resolve("directory.bin"));
    for (Path file : List.of(random, empty, directory, folder.resolve("missing.bin"))) {
      assertThat(Cartridges.identify(file)).isEmpty();
      assertThatThrownBy(() -> Emulator.open(file, 0, 0))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(file + " is not a ROM that the emulator can play");
    }
  }

  @Test
  void namesThePlatformThatItNeeds() {
    assertThatThrownBy(() -> AleNatives.requireSupportedPlatform("Mac OS X", "aarch64"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("linux-x86_64 only, this is Mac OS X-aarch64");
  }

  private static int course(Path rom, int seed) {
    try (Emulator emulator = Emulator.open(rom, 0.25, seed)) {
      byte[] gray = new byte[emulator.width() * emulator.height()];
      Random random = new Random(seed);
      int course = 1;
      for (int frame = 0; frame < 400; frame++) {
        course = 31 * course + emulator.act(random.nextInt(Emulator.ACTIONS));
        emulator.gray(gray);
        course = 31 * course + Arrays.hashCode(gray);
      }
      return course;
    }
  }
}
