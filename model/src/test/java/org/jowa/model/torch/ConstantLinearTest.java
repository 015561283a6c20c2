package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstantLinearTest {
  @BeforeEach
  void setThreads() {
    TorchRuntime.setThreads(1);
  }

  private static Tensor numbers(long key, long... shape) {
    return FunctionalRandom.centred(FunctionalRandom.key(key, 0, 0, 0), shape);
  }

  /** By either way: small weights, few rows of large ones, and many. */
  @ParameterizedTest
  @CsvSource({
    "1, 64, 192",
    "300, 64, 192",
    "85, 64, 192",
    "1, 512, 1536",
    "3, 512, 1536",
    "16, 512, 1536",
    "37, 2048, 512",
    "1185, 512, 512"
  })
  void isTheSumOfProducts(long rows, long in, long out) {
    try (StepScope scope = StepScope.inference();
        ConstantLinear layer =
            ConstantLinear.of(numbers(1, in, out), numbers(2, out), Device.CPU)) {
      Tensor x = numbers(3, rows, in);
      Tensor place = Tensors.zeros(ScalarType.Float, rows, out);
      Tensor exact =
          torch.addmm(
              FastPath.exact(numbers(2, out)),
              FastPath.exact(x),
              FastPath.exact(numbers(1, in, out)));
      layer.store(x, place);
      for (Tensor result :
          List.of(layer.apply(x), layer.apply(x, torch.empty_like(place)), place)) {
        double error = torch.norm(FastPath.exact(result).sub(exact)).item_double();
        assertThat(error / torch.norm(exact).item_double()).isLessThan(1e-6);
        assertThat(result.is_contiguous()).isTrue();
      }
    }
  }

  /** Torch's BLAS would hide a fault of the other way, so that is tried by itself. */
  @Test
  void packedWeightsGiveTheSameSumsAndComeBack() {
    assumeTrue(torch.hasMKLDNN());
    try (StepScope scope = StepScope.inference();
        PackedLinear layer = PackedLinear.of(numbers(1, 96, 40), numbers(2, 40))) {
      Tensor x = numbers(3, 11, 96);
      float[] expected = Tensors.floats(torch.addmm(numbers(2, 40), x, numbers(1, 96, 40)));
      float[] found = Tensors.floats(layer.apply(x));
      for (int i = 0; i < expected.length; i++) {
        assertThat(found[i]).isCloseTo(expected[i], within(1e-5f));
      }
      assertThat(Tensors.floats(layer.unpacked())).isEqualTo(Tensors.floats(numbers(1, 96, 40)));
    }
  }

  /** What planning relies on: among as many rows a row's results are the same bits. */
  @ParameterizedTest
  @CsvSource({"8, 512, 512", "16, 512, 1536", "74, 512, 2048", "592, 2048, 512"})
  void whereARowStandsAndWhatStandsBesideItIsOfNoConsequence(int rows, int in, int out) {
    List<Integer> order = IntStream.range(0, rows).boxed().collect(Collectors.toList());
    Collections.shuffle(order, new Random(4));
    int[] places = order.stream().mapToInt(i -> i).toArray();
    try (StepScope scope = StepScope.inference();
        ConstantLinear layer =
            ConstantLinear.of(numbers(1, in, out), numbers(2, out), Device.CPU)) {
      Tensor x = numbers(3, rows, in);
      float[] here = Tensors.floats(layer.apply(x));
      float[] there = Tensors.floats(layer.apply(x.index_select(0, Device.CPU.indices(places))));
      Tensor others = numbers(5, rows, in);
      others.select(0, rows / 2).copy_(x.select(0, rows / 2));
      float[] alone = Tensors.floats(layer.apply(others));
      for (int i = 0; i < rows; i++) {
        assertThat(row(there, i, out)).isEqualTo(row(here, places[i], out));
      }
      assertThat(row(alone, rows / 2, out)).isEqualTo(row(here, rows / 2, out));
    }
  }

  private static float[] row(float[] values, int row, int width) {
    return Arrays.copyOfRange(values, row * width, (row + 1) * width);
  }

  /** As the vectors of action tokens lie among those of a pass. */
  @Test
  void rowsNeedNotLieSideBySide() {
    try (StepScope scope = StepScope.inference();
        ConstantLinear layer =
            ConstantLinear.of(numbers(1, 512, 512), numbers(2, 512), Device.CPU)) {
      Tensor apart = numbers(3, 16, 37, 512).select(1, 5);
      assertThat(apart.is_contiguous()).isFalse();
      assertThat(Tensors.floats(layer.apply(apart)))
          .isEqualTo(Tensors.floats(layer.apply(apart.contiguous())));
    }
  }

  @Test
  void closedLayersGiveTheirMemoryBack() throws IOException {
    try (StepScope scope = StepScope.inference()) {
      Tensor weight = numbers(1, 512, 1024);
      Tensor bias = numbers(2, 1024);
      Tensor rows = numbers(3, 16, 512);
      long before = 0;
      for (int i = 0; i < 310; i++) {
        try (StepScope step = StepScope.inference();
            ConstantLinear layer = ConstantLinear.of(weight, bias, Device.CPU)) {
          layer.apply(rows.narrow(0, 0, 1));
          layer.apply(rows);
        }
        if (i == 10) {
          before = residentKib();
        }
      }
      // The layers, packed and not, would be 1.2 GB; Java's heap may grow meanwhile.
      assertThat(residentKib() - before).isLessThan(600L << 10);
    }
  }

  private static long residentKib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
