package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlanningAgentTest {
  private static final int FRAME_BYTES = 84 * 84;

  private final Game game = Games.byName("Breakout");

  @BeforeEach
  void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  @Test
  void episodeDoesNotDependOnItsNeighbours() {
    PlannerSettings settings = PlannerSettings.beam(2, 2, 8).withEpsilon(0.2);
    List<Integer> first = playRowZero(settings, 100, true);
    List<Integer> second = playRowZero(settings, 200, false);
    assertThat(second).isEqualTo(first);
    assertThat(first).contains(game.toFullAction(0)).doesNotContain(-1);
  }

  /** Row 0 plays episode 5 of the same frames; the neighbour's are others, and it may end. */
  private List<Integer> playRowZero(PlannerSettings settings, long neighbour, boolean goesOn) {
    List<Integer> actions = new ArrayList<>();
    try (PlanningAgent agent = agent(settings, 2, 9)) {
      agent.startEpisode(0, 5);
      agent.startEpisode(1, neighbour);
      for (int step = 0; step < 12; step++) {
        ByteBuffer frames = frames(2);
        fill(frames, 0, step);
        fill(frames, 1, neighbour + step);
        actions.add(agent.act(frames, new boolean[] {true, goesOn || step < 4})[0]);
      }
    }
    return actions;
  }

  @Test
  void actsAtRandomAmongValidActionsWithProbabilityEpsilon() {
    boolean[] valid = game.validActions();
    try (PlanningAgent one = agent(PlannerSettings.none(8).withEpsilon(1), 3, 1);
        PlanningAgent other = agent(PlannerSettings.none(8).withEpsilon(1), 3, 1)) {
      for (int row = 0; row < 3; row++) {
        one.startEpisode(row, row);
        // The same episodes in other rows.
        other.startEpisode(row, (row + 1) % 3);
      }
      List<Integer> seen = new ArrayList<>();
      for (int step = 0; step < 20; step++) {
        boolean[] active = {true, true, true};
        int[] actions = one.act(frames(3), active);
        int[] elsewhere = other.act(frames(3), active);
        for (int row = 0; row < 3; row++) {
          assertThat(valid[actions[row]]).isTrue();
          assertThat(elsewhere[(row + 2) % 3]).isEqualTo(actions[row]);
          seen.add(actions[row]);
        }
      }
      assertThat(seen)
          .containsAll(IntStream.range(0, valid.length).filter(a -> valid[a]).boxed().toList());
    }
  }

  @Test
  void rowsWhoseEpisodesBeganApartArePlannedByLength() {
    try (PlanningAgent agent = agent(PlannerSettings.beam(2, 1, 3).withEpsilon(0), 2, 1);
        PlanningAgent fresh = agent(PlannerSettings.beam(2, 1, 3).withEpsilon(0), 2, 1)) {
      boolean[] active = {true, true};
      ByteBuffer frames = frames(2);
      for (int step = 0; step < 5; step++) {
        fill(frames, 0, step);
        agent.act(frames, active);
      }
      agent.startEpisode(1, 7);
      fresh.startEpisode(1, 7);
      fill(frames, 1, 77);
      assertThat(agent.act(frames, active)[1]).isEqualTo(fresh.act(frames, active)[1]);
    }
  }

  @Test
  void playersActionsAreDrawnByTheirProbabilityAndDontDependOnNeighbours() {
    PlannerSettings settings = PlannerSettings.behaviour(8).withEpsilon(0);
    ByteBuffer frames = frames(2);
    fill(frames, 0, 3);
    fill(frames, 1, 3);
    long[] context = new long[36];
    for (int i = 0; i < context.length; i++) {
      context[i] = (frames.get(i) & 0xff) % Golden.CODES;
    }
    int[][] tokens = {Arrays.stream(context).mapToInt(Math::toIntExact).toArray()};
    float[] shares;
    try (WorldDecoder decoder = withBehaviour(0)) {
      shares = decoder.behaviour(tokens, new int[] {game.id()});
    }
    int[] counts = new int[WorldConfig.ACTIONS];
    int draws = 4000;
    try (PlanningAgent agent =
            PlanningAgent.create(
                PlanningAgentTest::tokens, withBehaviour(0), game, settings, 2, 1);
        PlanningAgent other =
            PlanningAgent.create(
                PlanningAgentTest::tokens, withBehaviour(0), game, settings, 2, 1)) {
      for (int draw = 0; draw < draws; draw++) {
        // Each the first step of another episode, in both rows: the same frame and no other before.
        agent.startEpisode(0, draw);
        agent.startEpisode(1, draw + 1);
        int[] drawn = agent.act(frames, new boolean[] {true, draw % 2 == 0});
        counts[drawn[0]]++;
        if (draw < 50) {
          other.startEpisode(1, draw);
          assertThat(other.act(frames, new boolean[] {false, true})[1]).isEqualTo(drawn[0]);
        }
      }
    }
    for (int action = 0; action < counts.length; action++) {
      double deviation = Math.sqrt(draws * shares[action] * (1 - shares[action]));
      assertThat((double) counts[action])
          .as("action %d", action)
          .isCloseTo(draws * shares[action], within(5 * deviation + 1e-9));
    }
    try (WorldDecoder decoder = withBehaviour(1)) {
      float[] likeliest = decoder.behaviour(tokens, new int[] {game.id()});
      assertThat(likeliest).contains(1).hasSize(WorldConfig.ACTIONS);
    }
  }

  private static WorldDecoder withBehaviour(double support) {
    WorldConfig config = Golden.CONFIG.with(sizes -> sizes.behaviourWidth(8).support(support));
    try (WorldActionModel model = WorldActionModel.create(config, 1)) {
      return WorldDecoder.of(config, model.parameters()::get);
    }
  }

  @Test
  void withOneSupportedActionQIsNotAskedAndWouldChooseTheSame() {
    PlannerSettings settings = PlannerSettings.none(8).withEpsilon(0);
    try (WorldDecoder decoder = withBehaviour(1)) {
      assertThat(settings.create(decoder, game, 1)).isInstanceOf(BehaviourPlanner.class);
      GreedyPlanner greedy = GreedyPlanner.create(decoder, game);
      int[][] contexts = Golden.contexts(1, 20, 3);
      assertThat(settings.create(decoder, game, 1).plan(contexts, new long[20]))
          .isEqualTo(greedy.plan(contexts));
      assertThat(Arrays.stream(greedy.plan(contexts)).distinct().count()).isGreaterThan(1);
    }
    try (WorldDecoder decoder = withBehaviour(0.9)) {
      assertThat(settings.create(decoder, game, 1)).isInstanceOf(GreedyPlanner.class);
    }
  }

  @Test
  void aModelWithoutBehaviourNetworkIsNamed() {
    assertThatThrownBy(() -> agent(PlannerSettings.behaviour(8), 1, 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("has no behaviour network")
        .hasMessageContaining("world.behaviour.steps");
  }

  /** Episodes of different lengths: rows are refilled at different times, in any order. */
  @ParameterizedTest
  @MethodSource("refills")
  void anEpisodesActionsDependOnNothingButTheEpisode(
      PlannerSettings settings, int width, List<Integer> order) {
    Map<Integer, List<Integer>> expected = playAll(settings, 3, List.of(0, 1, 2, 3, 4, 5));
    assertThat(playAll(settings, width, order)).isEqualTo(expected);
    assertThat(expected.values().stream().mapToInt(List::size).sum()).isEqualTo(33);
  }

  static Stream<Arguments> refills() {
    PlannerSettings greedy = PlannerSettings.none(8).withEpsilon(0.1);
    PlannerSettings beam =
        PlannerSettings.beam(BeamSettings.of(2, 2).withSpeculation(Speculation.ON), 5)
            .withEpsilon(0.1);
    PlannerSettings mcts =
        PlannerSettings.mcts(
            MctsSettings.of(MctsSettings.Mode.REPAIRED).withHorizon(3).withSimulations(6), 8);
    PlannerSettings sampled = beam.withFutures(PlannerSettings.Futures.SAMPLED);
    return Stream.of(greedy, beam, mcts, sampled)
        .flatMap(
            settings ->
                Stream.of(
                    Arguments.of(settings, 3, List.of(5, 4, 3, 2, 1, 0)),
                    Arguments.of(settings, 2, List.of(2, 0, 5, 1, 3, 4)),
                    Arguments.of(settings, 4, List.of(0, 1, 2, 3, 4, 5))));
  }

  /** Plays episodes of 3 to 8 steps, a row that has ended one goes on with the next. */
  private Map<Integer, List<Integer>> playAll(
      PlannerSettings settings, int width, List<Integer> order) {
    Map<Integer, List<Integer>> actions = new TreeMap<>();
    Deque<Integer> waiting = new ArrayDeque<>(order);
    Integer[] rows = new Integer[width];
    try (PlanningAgent agent = agent(settings, width, 9)) {
      while (true) {
        ByteBuffer frames = frames(width);
        boolean[] active = new boolean[width];
        for (int row = 0; row < width; row++) {
          if (rows[row] == null && !waiting.isEmpty()) {
            rows[row] = waiting.poll();
            agent.startEpisode(row, rows[row]);
            actions.put(rows[row], new ArrayList<>());
          }
          active[row] = rows[row] != null;
          fill(frames, row, active[row] ? 100 * rows[row] + actions.get(rows[row]).size() : 7);
        }
        if (Arrays.stream(rows).allMatch(row -> row == null)) {
          return actions;
        }
        int[] acted = agent.act(frames, active);
        for (int row = 0; row < width; row++) {
          if (active[row]) {
            List<Integer> episode = actions.get(rows[row]);
            episode.add(acted[row]);
            rows[row] = episode.size() == 3 + rows[row] ? null : rows[row];
          }
        }
      }
    }
  }

  @Test
  void refusesPlannersAndContextsThatItDoesNotHave() {
    assertThatThrownBy(() -> PlannerSettings.Kind.byName("bfs"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("bfs");
    assertThatThrownBy(() -> agent(PlannerSettings.none(9), 1, 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("context is 9");
    PlannerSettings deep =
        PlannerSettings.mcts(MctsSettings.of(MctsSettings.Mode.REPAIRED).withHorizon(8), 8);
    assertThatThrownBy(() -> agent(deep, 1, 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("horizon is 8");
  }

  @Test
  void memoryStaysFlat() {
    try (PlanningAgent agent = agent(PlannerSettings.beam(2, 2, 8), 2, 1)) {
      boolean[] active = {true, true};
      ByteBuffer frames = frames(2);
      long before = 0;
      long leastGrowth = Long.MAX_VALUE;
      for (int step = 0; step <= 400; step++) {
        fill(frames, 0, step);
        agent.act(frames, active);
        if (step > 0 && step % 100 == 0) {
          System.gc();
          long now = nativeBytes();
          leastGrowth = step == 100 ? leastGrowth : Math.min(leastGrowth, now - before);
          before = now;
        }
      }
      // What leaks grows all the time; a heap that shrinks, or a pool that fills, does so once.
      assertThat(leastGrowth).isLessThan(16L << 20);
    }
  }

  /** Resident memory beside the Java heap, which grows and shrinks with what other tests leave. */
  private static long nativeBytes() {
    return Pointer.physicalBytes() - Runtime.getRuntime().totalMemory();
  }

  private PlanningAgent agent(PlannerSettings settings, int width, long seed) {
    return PlanningAgent.create(
        PlanningAgentTest::tokens, Golden.decoder(), game, settings, width, seed);
  }

  /** Stands in for a tokenizer: the first 36 pixels. */
  private static Tensor tokens(Tensor frames) {
    return frames
        .view(frames.size(0), FRAME_BYTES)
        .narrow(1, 0, 36)
        .to(ScalarType.Long)
        .remainder(new org.bytedeco.pytorch.Scalar((long) Golden.CODES));
  }

  private static ByteBuffer frames(int width) {
    return ByteBuffer.allocateDirect(width * FRAME_BYTES);
  }

  private static void fill(ByteBuffer frames, int row, long seed) {
    byte[] pixels = new byte[FRAME_BYTES];
    new Random(seed).nextBytes(pixels);
    frames.put(row * FRAME_BYTES, pixels);
  }
}
