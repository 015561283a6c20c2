package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.jowa.model.train.SmallWorldTraining.BATCH;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A world model learns the same, however many ranks and passes share its batches. */
class WorldRanksTest extends TrainingTests {
  @Test
  void ranksImagineTheSameSequences() {
    float[][] sequences = new float[3][];
    for (int i = 0; i < sequences.length; i++) {
      SmallWorldTraining attempt = attempt("ranks-" + i);
      attempt.ranks = 1 << i;
      attempt.stage1 = 0;
      attempt.stage2 = 5;
      // Planned with the first weights: later ones differ by rounding.
      attempt.imagination = SmallWorldTraining.imagination(0, 1000);
      attempt.toTheEnd();
      sequences[i] = attempt.imagined(5);
    }
    assertThat(sequences[1]).isEqualTo(sequences[0]);
    assertThat(sequences[2]).isEqualTo(sequences[0]);
    // Two numbers before each lane's sequences: where the next one goes, and how many there are.
    int lane = sequences[0].length / BATCH;
    for (int i = 0; i < BATCH; i++) {
      assertThat(sequences[0][i * lane + 1]).isEqualTo(i == 0 ? 0 : 2);
    }
  }

  @Test
  void ranksAndMicroBatchesChangeNothingButRounding() throws IOException {
    SmallWorldTraining one = attempt("one");
    one.ranks = 1;
    one.toTheEnd();
    SmallWorldTraining four = attempt("four");
    four.ranks = 4;
    four.toTheEnd();
    SmallWorldTraining two = attempt("two");
    two.toTheEnd();
    SmallWorldTraining micro = attempt("micro");
    micro.ranks = 1;
    micro.microBatch = 3;
    micro.toTheEnd();

    for (SmallWorldTraining other : List.of(two, four, micro)) {
      assertEqualButForRounding(other, one);
    }
  }

  @Test
  void aRankOfFewerThanPlannedTakesItsShareInPassesThatFitItsMemory() throws IOException {
    SmallWorldTraining alone = attempt("alone");
    alone.ranks = 1;
    alone.planned = 2;
    alone.toTheEnd();
    SmallWorldTraining passes = attempt("passes");
    passes.ranks = 1;
    passes.microBatch = 2;
    passes.toTheEnd();
    SmallWorldTraining whole = attempt("whole");
    whole.ranks = 1;
    whole.toTheEnd();

    Path weights = Path.of("model.safetensors");
    assertThat(alone.checkpoint(12).resolve(weights))
        .hasSameBinaryContentAs(passes.checkpoint(12).resolve(weights));
    assertThat(
            Files.mismatch(
                alone.checkpoint(12).resolve(weights), whole.checkpoint(12).resolve(weights)))
        .isNotNegative();
  }

  @Test
  void gradientsThatTravelEarlyHaveTheSameBits() {
    SmallWorldTraining early = attempt("early");
    early.ranks = 4;
    early.toTheEnd();
    SmallWorldTraining late = attempt("late");
    late.ranks = 4;
    late.overlap = false;
    late.toTheEnd();
    early.assertSame(late, 12);
  }

  @Test
  void ranksMayChangeInTheMiddleOfARun() throws IOException {
    SmallWorldTraining steady = attempt("steady");
    steady.planned = 4;
    steady.toTheEnd();

    SmallWorldTraining elastic = attempt("elastic");
    elastic.planned = 4;
    elastic.checkpointEvery = 3;
    int[] ranks = {4, 2, 1, 4};
    for (int attempt = 0; attempt < ranks.length; attempt++) {
      elastic.ranks = ranks[attempt];
      elastic.deaths.put(0, attempt < 3 ? 3L * (attempt + 1) : -1);
      boolean died = elastic.outcomes().stream().anyMatch(o -> o.error() != null);
      assertThat(died).isEqualTo(attempt < 3);
    }

    assertThat(elastic.samples).isEqualTo(steady.samples).hasSize(12);
    assertThat(elastic.samples.get(7L)).containsExactlyInAnyOrder(28L, 29L, 30L, 31L);
    assertEqualButForRounding(elastic, steady);
  }

  private static void assertEqualButForRounding(
      SmallWorldTraining other, SmallWorldTraining training) throws IOException {
    List<JsonNode> expected = training.metrics();
    List<JsonNode> found = other.metrics();
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      for (String name : List.of("/total", "/gradientNorm", "/heldOut/total")) {
        double value = expected.get(i).at(name).asDouble();
        assertThat(found.get(i).at(name).asDouble())
            .as("%s in line %d", name, i)
            .isCloseTo(value, within(1e-5 * Math.abs(value)));
      }
    }
  }
}
