package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jowa.env.game.Games;
import org.jowa.model.bench.PlanBenchmark;
import org.jowa.model.bench.PlanBenchmark.Measurement;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.Test;

class PlanBenchmarkTest {
  @Test
  void countsTokensAndPasses() {
    TorchRuntime.setThreads(1);
    try (WorldDecoder decoder = Golden.decoder()) {
      int[][] contexts = PlanBenchmark.randomContexts(Golden.CONFIG, 2, 3);
      List<Measurement> measured =
          PlanBenchmark.run(decoder, Games.byName("Breakout"), contexts, BeamSettings.of(2, 2), 2);
      assertThat(measured)
          .extracting(Measurement::name)
          .containsExactly(
              "prefill",
              "token pass",
              "frame pass",
              "greedy",
              "beam, one token a pass",
              "beam, speculative",
              "beam, speculative while it pays",
              "tree search, 20 simulations");
      assertThat(measured).allMatch(m -> m.minMillis() > 0 && m.medianMillis() >= m.minMillis());
      Measurement plain = measured.get(4);
      assertThat(plain.tokens()).isEqualTo(2 * 110 + 2 * (2 + 4) * 37);
      assertThat(plain.passesPerFrame()).isEqualTo(37);
      assertThat(plain.acceptance()).isZero();
      assertThat(measured.get(5).passesPerFrame()).isBetween(1.0, 36.0);
      assertThat(measured.get(5).acceptance()).isBetween(0.0, 1.0);
    }
  }

  @Test
  void measuresModelsOfFewBlocks() {
    TorchRuntime.setThreads(1);
    WorldConfig small =
        new WorldConfig(
            2, 2, 64, 32, 1, Golden.CODES, 3, Dropouts.NONE, true, true, TdLoss.C51, 51, -10, 30);
    try (WorldActionModel model = WorldActionModel.create(small, 0);
        WorldDecoder decoder = WorldDecoder.of(small, model.parameters()::get)) {
      int[][] contexts = PlanBenchmark.randomContexts(small, 1, 2);
      assertThat(
              PlanBenchmark.run(decoder, Games.byName("Pong"), contexts, BeamSettings.of(1, 1), 1))
          .hasSize(8);
    }
  }
}
