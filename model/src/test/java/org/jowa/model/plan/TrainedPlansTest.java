package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.TrainedWorld;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Plans and play of a model that has learned its game, so that guessed frames are mostly right:
 * what is played depends on nothing but the episode.
 */
class TrainedPlansTest {
  private static final int FRAME_BYTES = 84 * 84;
  private static final int TOKENS = WorldConfig.FRAME_TOKENS;
  private static final int EPISODES = 6;

  @TempDir static Path folder;
  private static WorldDecoder decoder;

  @BeforeAll
  static void train() {
    TorchRuntime.init();
    TorchRuntime.setThreads(1);
    decoder = TrainedWorld.train(folder);
  }

  @AfterAll
  static void close() {
    decoder.close();
  }

  @BeforeEach
  void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  @Test
  void speculationImaginesTheSameFramesInFewPasses() {
    int[][] contexts = new int[8][];
    for (int i = 0; i < contexts.length; i++) {
      contexts[i] = context(new TrainedWorld.Field(1_000 + i));
    }
    BeamSettings settings = BeamSettings.of(2, 2);
    BeamSearch with =
        BeamSearch.create(decoder, TrainedWorld.GAME, settings.withSpeculation(Speculation.ON));
    BeamSearch without =
        BeamSearch.create(decoder, TrainedWorld.GAME, settings.withSpeculation(Speculation.OFF));
    List<BeamTree> expected = without.search(contexts);
    List<BeamTree> trees = with.search(contexts);
    for (int i = 0; i < contexts.length; i++) {
      assertThat(frames(trees.get(i))).isEqualTo(frames(expected.get(i)));
      assertThat(trees.get(i).action()).isEqualTo(expected.get(i).action());
    }
    // An untrained model guesses nothing right.
    assertThat(with.cost().acceptance()).isGreaterThan(0.85);
    assertThat(with.cost().passesPerFrame()).isLessThan(20);
  }

  private static int[] context(TrainedWorld.Field field) {
    int[] context = new int[2 * WorldConfig.BLOCK_TOKENS - 1];
    System.arraycopy(field.tokens(), 0, context, 0, TOKENS);
    context[TOKENS] = TrainedWorld.GAME.toFullAction(0);
    field.step(context[TOKENS]);
    System.arraycopy(field.tokens(), 0, context, TOKENS + 1, TOKENS);
    return context;
  }

  private static List<List<Integer>> frames(BeamTree tree) {
    return tree.nodes().stream()
        .map(node -> Arrays.stream(node.tokens()).boxed().toList())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("planners")
  void actionsDependOnNeitherWidthNorOrderNorSpeculation(PlannerSettings settings) {
    List<Integer> order = List.of(0, 1, 2, 3, 4, 5);
    Map<Integer, List<Integer>> expected =
        playAll(settings.withSpeculation(Speculation.OFF), 3, order);
    assertThat(expected).hasSize(EPISODES);
    for (Speculation speculation : new Speculation[] {Speculation.OFF, Speculation.ON}) {
      PlannerSettings chosen = settings.withSpeculation(speculation);
      assertThat(playAll(chosen, 1, order)).isEqualTo(expected);
      assertThat(playAll(chosen, 3, List.of(5, 4, 3, 2, 1, 0))).isEqualTo(expected);
      assertThat(playAll(chosen, 4, List.of(2, 0, 5, 1, 3, 4))).isEqualTo(expected);
    }
  }

  static Stream<PlannerSettings> planners() {
    return Stream.of(
        PlannerSettings.beam(BeamSettings.of(2, 2), 4).withEpsilon(0.1),
        PlannerSettings.mcts(
            MctsSettings.of(MctsSettings.Mode.REPAIRED).withHorizon(2).withSimulations(6), 4));
  }

  /** Plays episodes of 5 to 10 steps; a row that has ended one goes on with the next. */
  private static Map<Integer, List<Integer>> playAll(
      PlannerSettings settings, int width, List<Integer> order) {
    Map<Integer, List<Integer>> actions = new TreeMap<>();
    Deque<Integer> waiting = new ArrayDeque<>(order);
    Integer[] rows = new Integer[width];
    TrainedWorld.Field[] fields = new TrainedWorld.Field[width];
    ByteBuffer frames = ByteBuffer.allocateDirect(width * FRAME_BYTES);
    try (PlanningAgent agent =
        PlanningAgent.create(
            TrainedPlansTest::tokens,
            decoder.sharingWeights(),
            TrainedWorld.GAME,
            settings,
            width,
            9)) {
      while (true) {
        boolean[] active = new boolean[width];
        for (int row = 0; row < width; row++) {
          if (rows[row] == null && !waiting.isEmpty()) {
            rows[row] = waiting.poll();
            fields[row] = new TrainedWorld.Field(rows[row]);
            agent.startEpisode(row, rows[row]);
            actions.put(rows[row], new ArrayList<>());
          }
          active[row] = rows[row] != null;
          if (active[row]) {
            int[] seen = fields[row].tokens();
            for (int i = 0; i < TOKENS; i++) {
              frames.put(row * FRAME_BYTES + i, (byte) seen[i]);
            }
          }
        }
        if (Arrays.stream(rows).allMatch(Objects::isNull)) {
          return actions;
        }
        int[] acted = agent.act(frames, active);
        for (int row = 0; row < width; row++) {
          if (active[row]) {
            fields[row].step(acted[row]);
            List<Integer> episode = actions.get(rows[row]);
            episode.add(acted[row]);
            rows[row] = episode.size() == 5 + rows[row] ? null : rows[row];
          }
        }
      }
    }
  }

  /** Stands in for a tokenizer: the first 36 pixels are tokens. */
  private static Tensor tokens(Tensor frames) {
    return frames.view(frames.size(0), FRAME_BYTES).narrow(1, 0, TOKENS).to(ScalarType.Long);
  }
}
