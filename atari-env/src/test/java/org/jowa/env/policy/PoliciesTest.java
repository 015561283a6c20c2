package org.jowa.env.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;
import org.jowa.env.TestRoms;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoliciesTest {
  @Test
  void scriptedBeatsRandomInBreakoutByFar() {
    assertThat(meanReturn("Breakout", "random", 3, 1_000)).isLessThan(6);
    assertThat(meanReturn("Breakout", "scripted", 2, 1_000)).isGreaterThan(20);
  }

  @Test
  void scriptedHoldsItsOwnInPongWhereRandomLoses() {
    assertThat(meanReturn("Pong", "random", 1, 1_500)).isLessThan(-15);
    assertThat(meanReturn("Pong", "scripted", 1, 2_000)).isGreaterThan(-5);
  }

  @Test
  void lookaheadBeatsRandomInAGameItKnowsNothingAbout() {
    double random = meanReturn("SpaceInvaders", "random", 3, 60);
    assertThat(meanReturn("SpaceInvaders", "scripted", 1, 60)).isGreaterThan(random + 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"follow:0.5:0", "follow:0.5:x", "follow:0.5:1001", "follow:1:8"})
  void refusesNoiseThatNobodyCanHold(String name) {
    assertThatThrownBy(() -> Policies.byName(name))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Policy '" + name + "'")
        .hasMessageContaining("give");
  }

  @ParameterizedTest
  @CsvSource({
    "Pong, follow:0.5:8, 300",
    "Pong, scripted:0.2, 300",
    "SpaceInvaders, scripted, 6",
    "Freeway, random, 300"
  })
  void sameSeedsGiveTheSamePlayOfActionsTheGameKnows(String game, String policy, int steps) {
    List<Integer> actions = actions(game, policy, steps, 4);
    assertThat(actions(game, policy, steps, 4)).isEqualTo(actions);
    assertThat(actions(game, policy, steps, 5)).isNotEqualTo(actions);
    assertThat(TestRoms.locate(game).game().minimalActions()).containsAll(actions);
  }

  @Test
  void followingBeatsRandomInBothGamesAndServesWhateverNoiseIsOn() {
    assertThat(meanReturn("Breakout", "follow", 1, 600)).isGreaterThan(10);
    assertThat(meanReturn("Pong", "follow", 1, 1_000))
        .isGreaterThan(meanReturn("Pong", "random", 1, 1_000) + 3);
    try (AtariEnv env = AtariEnv.create(TestRoms.locate("Breakout"), 0, 0)) {
      Policy policy = Policies.byName("follow:0.9:20");
      SplittableRandom random = new SplittableRandom(3);
      int serves = 0;
      for (int i = 0; i < 400 && !env.isOver(); i++) {
        boolean serving = policy.isServing(env);
        int action = policy.act(env, random);
        if (serving) {
          serves++;
          assertThat(action).isEqualTo(1);
        }
        env.step(action);
      }
      assertThat(serves).isGreaterThan(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"0.5, 8, 3", "0.6, 1, 0", "0.3, 3, 1.5"})
  void heldNoiseTakesItsShareOfTheStepsInStretches(double share, int held, double stretch) {
    Policy always3 = (env, random) -> 3;
    try (AtariEnv env = AtariEnv.create(TestRoms.locate("Pong"), 0, 0)) {
      SplittableRandom random = new SplittableRandom(0);
      Policy noisy = new HeldNoisePolicy(always3, share, held);
      int other = 0;
      int changes = 0;
      int before = 3;
      int steps = 20_000;
      for (int i = 0; i < steps; i++) {
        int action = noisy.act(env, random);
        other += action == 3 ? 0 : 1;
        changes += action == before ? 0 : 1;
        before = action;
      }
      // A sixth of the random actions is 3 as well.
      assertThat(other / (double) steps).isCloseTo(share * 5 / 6, within(0.025));
      assertThat(other / (double) changes).isGreaterThan(stretch);
    }
  }

  @Test
  void epsilonOneIsRandomAndEpsilonZeroIsNot() {
    Policy always3 = (env, random) -> 3;
    try (AtariEnv env = AtariEnv.create(TestRoms.locate("Pong"), 0, 0)) {
      SplittableRandom random = new SplittableRandom(0);
      for (int i = 0; i < 50; i++) {
        assertThat(Policies.mixed(always3, 0).act(env, random)).isEqualTo(3);
      }
      List<Integer> actions = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        actions.add(Policies.mixed(always3, 1).act(env, random));
      }
      assertThat(actions).contains(0, 1, 3, 4, 11, 12);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "12, 0", "-12, 0", "12, 0.3", "-12, 0.3"})
  void paddleIsKeptBesideTheBallByItsAim(int aim, double noise) {
    try (AtariEnv env = AtariEnv.create(TestRoms.locate("Breakout"), 0, 0)) {
      Policy policy = Policies.byName("follow:" + noise + ":1:" + aim);
      SplittableRandom random = new SplittableRandom(3);
      List<Integer> distances = new ArrayList<>();
      for (int i = 0; i < 600 && !env.isOver(); i++) {
        if (!policy.isServing(env)) {
          distances.add(env.ram(72) + 8 - env.ram(99));
        }
        env.step(policy.act(env, random));
      }
      distances.sort(null);
      assertThat((double) distances.get(distances.size() / 2)).isCloseTo(aim, within(8.0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"follow:0.1:1:x", "follow:0.1:1:81", "follow:0.1:1:", "scripted:0.1:1:2"})
  void refusesAnAimThatIsNone(String name) {
    assertThatThrownBy(() -> Policies.byName(name))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Policy '" + name + "'")
        .hasMessageContaining("aim");
  }

  @Test
  void playersThatRememberNothingAreNotAskedWhereNoiseActs() {
    int[] asked = new int[2];
    for (int i = 0; i < 2; i++) {
      int which = i;
      Policy counting =
          new Policy() {
            @Override
            public int act(AtariEnv env, RandomGenerator random) {
              asked[which]++;
              return 0;
            }

            @Override
            public boolean remembers() {
              return which == 1;
            }
          };
      try (AtariEnv env = AtariEnv.create(TestRoms.locate("Pong"), 0, 0)) {
        for (Policy noisy :
            List.of(Policies.mixed(counting, 0.5), new HeldNoisePolicy(counting, 0.5, 4))) {
          SplittableRandom random = new SplittableRandom(0);
          for (int step = 0; step < 500; step++) {
            noisy.act(env, random);
          }
        }
      }
    }
    assertThat(asked[0]).isBetween(350, 650);
    assertThat(asked[1]).isEqualTo(1000);
  }

  @Test
  void lookaheadLeavesTheGameWhereItWas() {
    try (AtariEnv env = AtariEnv.create(TestRoms.locate("Assault"), 0.25, 0);
        AtariEnv untouched = AtariEnv.create(TestRoms.locate("Assault"), 0.25, 0)) {
      Policy policy = Policies.byName("scripted");
      SplittableRandom random = new SplittableRandom(0);
      byte[] seen = new byte[AtariEnv.OBSERVATION_BYTES];
      byte[] expected = new byte[AtariEnv.OBSERVATION_BYTES];
      for (int i = 0; i < 8; i++) {
        int action = policy.act(env, random);
        assertThat(env.step(action)).isEqualTo(untouched.step(action));
        env.observation(seen, 0);
        untouched.observation(expected, 0);
        assertThat(seen).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scripted:1.1", "scripted:-0.1", "scripted:NaN", "scripted:", "random:x"})
  void refusesWhatIsNoProbability(String name) {
    assertThatThrownBy(() -> Policies.byName(name))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("is not a probability; give a number from 0 to 1");
  }

  @Test
  void unknownNameSuggestsTheNearest() {
    assertThatThrownBy(() -> Policies.byName("script"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "Unknown policy 'script': expected random, scripted or follow, the last two also as"
                + " NAME:SHARE or NAME:SHARE:STEPS, follow as NAME:SHARE:STEPS:AIM; did you mean scripted?");
  }

  private static double meanReturn(String game, String name, int episodes, int maxSteps) {
    try (AtariEnv env = AtariEnv.create(TestRoms.locate(game), 0.25, 0)) {
      Policy policy = Policies.byName(name);
      SplittableRandom random = new SplittableRandom(1);
      double total = 0;
      for (int episode = 0; episode < episodes; episode++) {
        env.reset();
        policy.reset();
        for (int i = 0; i < maxSteps && !env.isOver(); i++) {
          total += env.step(policy.act(env, random)).reward();
        }
      }
      return total / episodes;
    }
  }

  private static List<Integer> actions(String game, String name, int steps, int seed) {
    try (AtariEnv env = AtariEnv.create(TestRoms.locate(game), 0.25, seed)) {
      Policy policy = Policies.byName(name);
      SplittableRandom random = new SplittableRandom(seed);
      List<Integer> actions = new ArrayList<>();
      for (int i = 0; i < steps; i++) {
        if (env.isOver()) {
          env.reset();
          policy.reset();
        }
        int action = policy.act(env, random);
        actions.add(action);
        env.step(action);
      }
      return actions;
    }
  }
}
