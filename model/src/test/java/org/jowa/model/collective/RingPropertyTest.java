package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;

/** The ring and the in-process group give the same bits, whatever the sizes. */
class RingPropertyTest {
  @Property(tries = 40)
  void equalBits(
      @ForAll @IntRange(min = 1, max = 4) int worldSize,
      @ForAll @IntRange(min = 0, max = 20_000) int length,
      @ForAll @IntRange(min = 8, max = 2_000) int chunkEights,
      @ForAll long seed) {
    TorchRuntime.init();
    RingOptions options =
        new RingOptions(
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            8 * chunkEights,
            line -> {});
    List<List<float[]>> inRing = results(Rings.create(worldSize, options), length, seed);
    List<List<float[]>> inProcess =
        results(InProcessCollectives.create(worldSize, Duration.ofSeconds(30)), length, seed);
    for (int rank = 0; rank < worldSize; rank++) {
      for (int i = 0; i < inRing.get(rank).size(); i++) {
        assertThat(inRing.get(rank).get(i)).isEqualTo(inProcess.get(0).get(i));
        assertThat(inProcess.get(rank).get(i)).isEqualTo(inProcess.get(0).get(i));
      }
    }
  }

  private static List<List<float[]>> results(List<Collective> group, int length, long seed) {
    return Ranks.values(
        group,
        c -> {
          List<float[]> results = new ArrayList<>();
          try (PointerScope scope = new PointerScope()) {
            Tensor sum = Tensors.of(values(c.rank(), length, seed), length);
            c.allReduceSum(sum);
            results.add(Tensors.floats(sum));
            Tensor mean = Tensors.of(values(c.rank(), length, seed + 1), length);
            c.allReduceMean(mean);
            results.add(Tensors.floats(mean));
            float[] drawn = values(c.rank(), length % 50, seed + 2);
            double[] host = new double[drawn.length];
            for (int i = 0; i < host.length; i++) {
              host[i] = drawn[i];
            }
            c.allReduceSum(host);
            float[] narrow = new float[host.length];
            for (int i = 0; i < host.length; i++) {
              narrow[i] = (float) host[i];
            }
            results.add(narrow);
            Tensor copied = Tensors.of(values(c.rank(), length, seed + 3), length);
            c.broadcast(copied, length % c.worldSize());
            results.add(Tensors.floats(copied));
          }
          return results;
        });
  }

  private static float[] values(int rank, int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed + 7919L * rank);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-6, 7)));
    }
    return values;
  }
}
