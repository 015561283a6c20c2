package org.jowa.model.tokenizer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatchTokenizerTest {
  private static final int SIDE = 84;
  private static final int PIXELS = 196;

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  @Test
  void tokensAreTheNearestCodesToTheLastBitAndOfEquallyNearOnesTheFirst(@TempDir Path folder)
      throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    byte[][] codes = new byte[300][PIXELS];
    for (int code = 0; code < codes.length; code++) {
      // Extremes: where rounding would show first. Pairs that lie on either side of gray frames.
      for (int pixel = 0; pixel < PIXELS; pixel++) {
        codes[code][pixel] = (byte) (random.nextBoolean() ? 255 : random.nextInt(3));
      }
    }
    int n = 20;
    byte[] frames = new byte[n * SIDE * SIDE];
    random.nextBytes(frames);
    // Frame 0 lies in the middle of codes 7 and 200, which differ in two pixels.
    codes[200] = codes[7].clone();
    codes[7][0] = 10;
    codes[7][1] = 14;
    codes[200][0] = 14;
    codes[200][1] = 10;
    for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
      frames[pixel] = codes[7][pixel / SIDE % 14 * 14 + pixel % SIDE % 14];
    }
    for (int row = 0; row < SIDE; row += 14) {
      for (int column = 0; column < SIDE; column += 14) {
        frames[row * SIDE + column] = 12;
        frames[row * SIDE + column + 1] = 12;
      }
    }
    try (StepScope scope = StepScope.inference();
        PatchTokenizer smoothing = PatchTokenizer.of(codes);
        PatchTokenizer tokenizer = withoutKernel(smoothing, folder)) {
      long[] tokens = Tensors.longs(tokenizer.tokens(Tensors.of(frames, n, SIDE, SIDE)));
      long[] smoothed = Tensors.longs(smoothing.tokens(Tensors.of(frames, n, SIDE, SIDE)));
      long[] wanted = new long[n * 36];
      for (int patch = 0; patch < wanted.length; patch++) {
        int[] grays = new int[PIXELS];
        for (int pixel = 0; pixel < PIXELS; pixel++) {
          grays[pixel] = frames[patch / 36 * SIDE * SIDE + pixelOf(patch % 36, pixel)] & 0xff;
        }
        wanted[patch] = nearest(codes, grays, gray -> gray);
        assertThat(smoothed[patch]).isEqualTo(nearest(codes, grays, PatchTokenizerTest::smoothed));
      }
      assertThat(tokens).isEqualTo(wanted);
      assertThat(tokens[0]).isEqualTo(7);
      // What it has met is remembered: the same in another order, and in parts.
      long[] again = Tensors.longs(tokenizer.tokens(Tensors.of(frames, n, SIDE, SIDE).flip(0)));
      for (int frame = 0; frame < n; frame++) {
        int at = frame * 36;
        assertThat(Arrays.copyOfRange(again, at, at + 36))
            .isEqualTo(Arrays.copyOfRange(wanted, (n - 1 - frame) * 36, (n - frame) * 36));
      }
    }
  }

  @Test
  void aFrameOfItsOwnPatchesComesBackAsItWas(@TempDir Path folder) throws IOException {
    SplittableRandom random = new SplittableRandom(2);
    byte[][] codes = new byte[36][PIXELS];
    byte[] frame = new byte[SIDE * SIDE];
    random.nextBytes(frame);
    for (int place = 0; place < 36; place++) {
      for (int pixel = 0; pixel < PIXELS; pixel++) {
        codes[place][pixel] = frame[pixelOf(place, pixel)];
      }
    }
    Path file = folder.resolve("model.safetensors");
    try (StepScope scope = StepScope.inference();
        PatchTokenizer made = PatchTokenizer.of(codes)) {
      // The hash goes over them in this order, in every JVM.
      assertThat(made.tensors().keySet()).containsExactly("patches.codes", "patches.kernel");
      Safetensors.write(file, made.tensors(), Map.of());
      try (Safetensors weights = Safetensors.read(file);
          FrameTokenizer tokenizer = FrameTokenizer.load(weights)) {
        assertThat(tokenizer).isInstanceOf(PatchTokenizer.class);
        assertThat(tokenizer.codebookSize()).isEqualTo(36);
        assertThat(tokenizer.hash()).isEqualTo(made.hash()).hasSize(16);
        float[] values =
            Tensors.floats(tokenizer.decode(tokenizer.tokens(Tensors.of(frame, 1, SIDE, SIDE))));
        for (int pixel = 0; pixel < values.length; pixel++) {
          assertThat((byte) Math.round(values[pixel] * 255)).isEqualTo(frame[pixel]);
        }
        assertThat(tokenizer.features().shape()).containsExactly(36, PIXELS);
        assertThat(Tensors.floats(tokenizer.features())[0]).isEqualTo((codes[0][0] & 0xff) / 255f);
      }
      codes[3][5] ^= 1;
      try (PatchTokenizer other = PatchTokenizer.of(codes)) {
        assertThat(other.hash()).isNotEqualTo(made.hash());
      }
    }
  }

  @Test
  void aBallThatIsOnePixelOffIsNearerThanNone() {
    byte[][] codes = new byte[2][PIXELS];
    // Code 0 has a ball, one to the right of where the frame has it; code 1 has none.
    codes[0][5 * 14 + 6] = (byte) 142;
    byte[] frame = new byte[SIDE * SIDE];
    frame[pixelOf(8, 5 * 14 + 5)] = (byte) 142;
    try (StepScope scope = StepScope.inference();
        PatchTokenizer tokenizer = PatchTokenizer.of(codes)) {
      long[] tokens = Tensors.longs(tokenizer.tokens(Tensors.of(frame, 1, SIDE, SIDE)));
      assertThat(tokens[8]).isZero();
      assertThat(tokens[9]).isEqualTo(1);
    }
  }

  @Test
  void weightsOfAnotherVersionAreRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (StepScope scope = StepScope.inference()) {
      Safetensors.write(
          file,
          Map.of(
              PatchTokenizer.CODES,
              Tensors.of(new byte[PIXELS], 1, PIXELS),
              "patches.kernel",
              Tensors.of(new byte[] {1, 2, 1}, 3)),
          Map.of());
    }
    try (Safetensors weights = Safetensors.read(file)) {
      assertThatThrownBy(() -> FrameTokenizer.load(weights))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("[1, 2, 1]")
          .hasMessageContaining("make the dictionary again");
    }
  }

  @Test
  void codesOfAnotherShapeAreRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (StepScope scope = StepScope.inference()) {
      Safetensors.write(
          file, Map.of(PatchTokenizer.CODES, Tensors.of(new byte[100], 4, 25)), Map.of());
    }
    try (Safetensors weights = Safetensors.read(file)) {
      assertThatThrownBy(() -> FrameTokenizer.load(weights))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("[4, 25]")
          .hasMessageContaining("196 uint8");
    }
  }

  /** The dictionary as versions before this one wrote it: gray values themselves are compared. */
  private static PatchTokenizer withoutKernel(PatchTokenizer of, Path folder) throws IOException {
    Path file = folder.resolve("before.safetensors");
    Safetensors.write(
        file,
        Map.of(PatchTokenizer.CODES, requireNonNull(of.tensors().get(PatchTokenizer.CODES))),
        Map.of());
    try (Safetensors weights = Safetensors.read(file)) {
      return PatchTokenizer.load(weights, Device.CPU);
    }
  }

  private static int nearest(byte[][] codes, int[] patch, UnaryOperator<int[]> look) {
    int[] wanted = look.apply(patch);
    int best = 0;
    long least = Long.MAX_VALUE;
    for (int code = 0; code < codes.length; code++) {
      int[] there = new int[PIXELS];
      for (int pixel = 0; pixel < PIXELS; pixel++) {
        there[pixel] = codes[code][pixel] & 0xff;
      }
      there = look.apply(there);
      long distance = 0;
      for (int pixel = 0; pixel < PIXELS; pixel++) {
        long difference = wanted[pixel] - there[pixel];
        distance += difference * difference;
      }
      if (distance < least) {
        least = distance;
        best = code;
      }
    }
    return best;
  }

  /** The 25 pixels around each, by the products of binomial weights, rounded to the nearest. */
  private static int[] smoothed(int[] patch) {
    int[] weights = {1, 4, 6, 4, 1};
    int[] means = new int[PIXELS];
    for (int row = 0; row < 14; row++) {
      for (int column = 0; column < 14; column++) {
        int sum = 0;
        for (int i = 0; i < 25; i++) {
          int r = Math.floorMod(i, 5) - 2 + row;
          int c = i / 5 - 2 + column;
          int at = Math.min(13, Math.max(0, r)) * 14 + Math.min(13, Math.max(0, c));
          sum += weights[i % 5] * weights[i / 5] * patch[at];
        }
        means[row * 14 + column] = (int) Math.floor(sum / 256.0 + 0.5);
      }
    }
    return means;
  }

  private static int pixelOf(int place, int pixel) {
    return (place / 6 * 14 + pixel / 14) * SIDE + place % 6 * 14 + pixel % 14;
  }
}
