package org.jowa.model.parity;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.Tensors;

/** Integer tensors of a golden set as Java arrays. */
final class GoldenTensors {
  private GoldenTensors() {}

  static int[] ints(Tensor tensor) {
    return Arrays.stream(Tensors.longs(tensor)).mapToInt(Math::toIntExact).toArray();
  }

  static int[][] rows(Tensor tensor) {
    int[] values = ints(tensor);
    int width = (int) tensor.size(1);
    int[][] rows = new int[(int) tensor.size(0)][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(values, i * width, (i + 1) * width));
    return rows;
  }

  static int[][] columns(int[][] rows, int from, int to) {
    return Arrays.stream(rows).map(row -> Arrays.copyOfRange(row, from, to)).toArray(int[][]::new);
  }

  static int[] flat(int[][] rows) {
    return Arrays.stream(rows).flatMapToInt(Arrays::stream).toArray();
  }
}
