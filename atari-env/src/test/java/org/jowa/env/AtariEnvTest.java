package org.jowa.env;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jowa.env.game.Game;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AtariEnvTest {
  private static final int PIXELS = AtariEnv.OBSERVATION_BYTES;

  @ParameterizedTest
  @ValueSource(strings = {"Assault", "Breakout", "Carnival", "Seaquest", "SpaceInvaders"})
  void rolloutEqualsTheReference(String game) {
    Golden golden = Golden.tensors("env.safetensors");
    int seed = (int) golden.longs(game + ".ale_seed")[0];
    long[] actions = golden.longs(game + ".actions");
    float[] rewards = golden.floats(game + ".rewards");
    float[] means = golden.floats(game + ".obs_mean");
    try (AtariEnv env = AtariEnv.create(TestRoms.locate(game), 0, seed)) {
      byte[] frames = new byte[(actions.length + 1) * PIXELS];
      env.observation(frames, 0);
      for (int t = 0; t < actions.length; t++) {
        Step step = env.step((int) actions[t]);
        assertThat((float) step.reward()).as("reward of step %d", t).isEqualTo(rewards[t]);
        env.observation(frames, (t + 1) * PIXELS);
      }
      for (int t = 0; t < means.length; t++) {
        long sum = 0;
        for (int i = t * PIXELS; i < (t + 1) * PIXELS; i++) {
          sum += frames[i] & 0xFF;
        }
        assertThat((float) ((double) sum / PIXELS)).as("mean of frame %d", t).isEqualTo(means[t]);
      }
      byte[] expected = golden.bytes(game + ".obs");
      long[] picked = golden.longs(game + ".picked");
      for (int k = 0; k < picked.length; k++) {
        int from = (int) picked[k] * PIXELS;
        assertThat(Arrays.copyOfRange(frames, from, from + PIXELS))
            .isEqualTo(Arrays.copyOfRange(expected, k * PIXELS, (k + 1) * PIXELS));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Assault", "Breakout", "Carnival", "Seaquest", "SpaceInvaders"})
  void colourPictureEqualsTheReference(String game) {
    Golden golden = Golden.tensors("env.safetensors");
    long[] actions = golden.longs(game + ".actions");
    byte[] expected = golden.bytes(game + ".rgb_last");
    int seed = (int) golden.longs(game + ".ale_seed")[0];
    try (AtariEnv env = AtariEnv.create(TestRoms.locate(game), 0, seed)) {
      for (int t = 0; t < golden.longs(game + ".picked")[1]; t++) {
        env.step((int) actions[t]);
      }
      int[] picture = new int[env.screenHeight() * env.screenWidth()];
      env.screenRgb(picture);
      byte[] found = new byte[expected.length];
      for (int i = 0; i < picture.length; i++) {
        found[3 * i] = (byte) (picture[i] >> 16);
        found[3 * i + 1] = (byte) (picture[i] >> 8);
        found[3 * i + 2] = (byte) picture[i];
      }
      assertThat(found).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"Pong, 0", "Pong, 0.25", "SpaceInvaders, 0.25", "Breakout, 0.25"})
  void restoredStateTakesTheSameCourse(String game, double stickyActions) {
    try (AtariEnv env = AtariEnv.create(TestRoms.locate(game), stickyActions, 3)) {
      Random random = new Random(1);
      int[] picture = new int[env.screenHeight() * env.screenWidth()];
      for (int round = 0; round < 12; round++) {
        play(env, random.nextLong(), 11);
        env.screenRgb(picture);
        long seed = random.nextLong();
        try (AtariEnv.State state = env.cloneState()) {
          List<Object> first = play(env, seed, 20);
          play(env, random.nextLong(), 3);
          env.restoreState(state);
          int[] restored = new int[picture.length];
          env.screenRgb(restored);
          assertThat(restored).isEqualTo(picture);
          assertThat(play(env, seed, 20)).isEqualTo(first);
        }
      }
    }
  }

  @Test
  void sameSeedGivesTheSamePlayAndAnotherSeedDoesNot() {
    List<List<Object>> courses = new ArrayList<>();
    for (int seed : new int[] {0, 0, 1}) {
      try (AtariEnv env = AtariEnv.create(TestRoms.locate("SpaceInvaders"), 0.25, seed)) {
        courses.add(play(env, 5, 200));
      }
    }
    assertThat(courses.get(1)).isEqualTo(courses.get(0));
    assertThat(courses.get(2)).isNotEqualTo(courses.get(0));
  }

  @Test
  void countsTheRewardOfTheStepThatEndsTheGame() {
    try (AtariEnv env = AtariEnv.create(TestRoms.locate("Pong"), 0, 0)) {
      double total = 0;
      Step step;
      do {
        step = env.step(0);
        total += step.reward();
      } while (!step.terminal());
      assertThat(step.reward()).isEqualTo(-1);
      assertThat(total).isEqualTo(-21);
      assertThat(env.isOver()).isTrue();
      assertThatThrownBy(() -> env.step(0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("The game of Pong is over: reset first");
      env.reset();
      assertThat(env.step(0).terminal()).isFalse();
    }
  }

  @Test
  void chopperCommandIsOverWhenNoLifeIsLeft() {
    try (AtariEnv env = AtariEnv.create(TestRoms.locate("ChopperCommand"), 0, 0)) {
      Random random = new Random(0);
      int steps = 0;
      while (!env.isOver() && steps++ < 20_000) {
        env.step(random.nextInt(18));
      }
      assertThat(env.isOver()).isTrue();
      assertThat(env.lives()).isZero();
    }
  }

  @Test
  void firstObservationIsTheFirstScreenAlone() {
    try (AtariEnv env = AtariEnv.create(TestRoms.locate("Breakout"), 0, 0)) {
      byte[] first = new byte[PIXELS];
      env.observation(first, 0);
      play(env, 2, 60);
      env.reset();
      byte[] again = new byte[PIXELS + 10];
      env.observation(again, 10);
      assertThat(Arrays.copyOfRange(again, 10, again.length)).isEqualTo(first);
    }
  }

  @Test
  void refusesUseAfterClose() {
    AtariEnv env = AtariEnv.create(TestRoms.locate("Pong"), 0, 0);
    env.close();
    env.close();
    assertThatThrownBy(() -> env.step(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("The emulator is closed");
  }

  /** Plays at random and tells all that could be seen. */
  private static List<Object> play(AtariEnv env, long seed, int steps) {
    Random random = new Random(seed);
    Game game = env.game();
    List<Object> course = new ArrayList<>();
    byte[] frame = new byte[PIXELS];
    for (int i = 0; i < steps; i++) {
      if (env.isOver()) {
        env.reset();
      }
      course.add(env.step(game.toFullAction(random.nextInt(game.minimalActions().size()))));
      env.observation(frame, 0);
      course.add(Arrays.hashCode(frame));
      course.add(env.lives());
      course.add(env.ram(random.nextInt(128)));
    }
    return course;
  }
}
