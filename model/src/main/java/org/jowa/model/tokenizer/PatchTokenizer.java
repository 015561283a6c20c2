package org.jowa.model.tokenizer;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.patches.Patch;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * A dictionary of patches: a frame's token is the nearest of the stored 14x14 patches by squared
 * distance of {@linkplain Patch#smoothed smoothed} gray values, of equally near ones the first.
 * Dictionaries from before compare the gray values themselves.
 *
 * <p>Gray values less 128 are whole numbers of at most 128, so every sum on the way to a distance
 * is below 2^24 and exact in fp32: tokens are the same on every CPU and GPU, in whatever order it
 * adds.
 *
 * <p>Source: arXiv 2502.01591, nearest-neighbour tokenization.
 */
public final class PatchTokenizer implements FrameTokenizer {
  /** The codes in the weights file: uint8 [codes, 196], gray values row by row. */
  public static final String CODES = "patches.codes";

  /** What patches are smoothed by in the weights file, uint8 [5]; missing where they aren't. */
  private static final String KERNEL = "patches.kernel";

  private static final int SIDE = 14;
  private static final int PIXELS = SIDE * SIDE;
  private static final int GRID = TokenizerConfig.GRID_SIZE;
  private static final int FRAME = TokenizerConfig.FRAME_SIZE;
  private static final int TOKENS = TokenizerConfig.TOKENS_PER_FRAME;
  private static final int WHITE = 255;
  private static final int MIDDLE = 128;

  /** Frames of one pass: their distances to 2,048 codes take 4.5 MiB. */
  private static final int PASS_FRAMES = 16;

  /** Patches that are remembered with their codes, at most: 12 MiB. */
  private static final int MOST_MET = 1 << 15;

  private final Map<Patch, Integer> met = new ConcurrentHashMap<>();

  /** By name, in the order in which they are stored and hashed. */
  private final Map<String, Tensor> stored;

  /** uint8 [codes, 196], in host memory. */
  private final Tensor codes;

  /** Where patches are compared with codes. */
  private final Device device;

  /** Whether smoothed patches are compared. */
  private final boolean smooth;

  /** fp32 [196, codes], of codes as they are compared, less 128: a factor of the product. */
  private final Tensor factors;

  /** fp32 [codes]: squared lengths of the factors. */
  private final Tensor squares;

  private PatchTokenizer(
      Tensor codes, Device device, boolean smooth, Tensor factors, Tensor squares) {
    this.codes = codes;
    this.device = device;
    this.smooth = smooth;
    stored = new LinkedHashMap<>(Map.of(CODES, codes));
    if (smooth) {
      byte[] kernel = Patch.kernel();
      stored.put(KERNEL, Tensors.keep(Tensors.of(kernel, kernel.length)));
    }
    this.factors = factors;
    this.squares = squares;
  }

  /**
   * @param codes [codes, 196] gray values
   */
  public static PatchTokenizer of(byte[][] codes) {
    byte[] flat = new byte[codes.length * PIXELS];
    for (int code = 0; code < codes.length; code++) {
      System.arraycopy(codes[code], 0, flat, code * PIXELS, PIXELS);
    }
    try (StepScope scope = StepScope.inference()) {
      return of(Tensors.of(flat, codes.length, PIXELS), Device.CPU, true);
    }
  }

  static boolean isOne(Safetensors weights) {
    return weights.tensors().containsKey(CODES);
  }

  /**
   * @param device to compare patches on; frames are drawn in host memory
   * @throws InvalidInputException if the weights aren't a dictionary's
   */
  static PatchTokenizer load(Safetensors weights, Device device) {
    Tensor codes = weights.tensor(CODES);
    if (codes.scalar_type().intern() != ScalarType.Byte
        || codes.dim() != 2
        || codes.size(0) < 1
        || codes.size(0) > TokenizerConfig.MOST_CODES
        || codes.size(1) != PIXELS) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "%s holds codes of shape %s and type %s, expected 1 to %d patches of %d uint8: make"
                  + " the dictionary again",
              weights.source(),
              Arrays.toString(codes.shape()),
              codes.scalar_type().intern(),
              TokenizerConfig.MOST_CODES,
              PIXELS));
    }
    try (StepScope scope = StepScope.inference()) {
      return of(codes, device, isSmooth(weights));
    }
  }

  private static boolean isSmooth(Safetensors weights) {
    if (!weights.tensors().containsKey(KERNEL)) {
      return false;
    }
    byte[] kernel = Tensors.bytes8(weights.tensor(KERNEL));
    if (!Arrays.equals(kernel, Patch.kernel())) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "%s compares patches by weights %s, this version knows %s: make the dictionary again",
              weights.source(),
              Arrays.toString(kernel),
              Arrays.toString(Patch.kernel())));
    }
    return true;
  }

  private static PatchTokenizer of(Tensor codes, Device device, boolean smooth) {
    byte[] grays = Tensors.bytes8(codes);
    List<Patch> patches = new ArrayList<>();
    for (int at = 0; at < grays.length; at += PIXELS) {
      patches.add(new Patch(Arrays.copyOfRange(grays, at, at + PIXELS)));
    }
    Tensor centred = compared(patches, smooth);
    return new PatchTokenizer(
        Tensors.keep(codes.clone()),
        device,
        smooth,
        Tensors.keep(device.put(centred.t().contiguous())),
        Tensors.keep(device.put(torch.sum(centred.mul(centred), 1))));
  }

  /** Patches as they are compared, less 128, fp32 [n, 196]. */
  private static Tensor compared(List<Patch> patches, boolean smooth) {
    byte[] grays = new byte[patches.size() * PIXELS];
    for (int i = 0; i < patches.size(); i++) {
      Patch patch = smooth ? patches.get(i).smoothed() : patches.get(i);
      System.arraycopy(patch.pixels(), 0, grays, i * PIXELS, PIXELS);
    }
    return Tensors.of(grays, patches.size(), PIXELS)
        .toType(ScalarType.Float)
        .sub_(new Scalar(MIDDLE));
  }

  /** The weights by name: {@link #CODES}, and what they are smoothed by if they are. */
  public Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(stored);
  }

  @Override
  public int codebookSize() {
    return Math.toIntExact(codes.size(0));
  }

  @Override
  public Tensor features() {
    return codes.toType(ScalarType.Float).div_(new Scalar(WHITE));
  }

  @Override
  public Tensor tokens(Tensor frames) {
    if (frames.dim() != 3 || frames.size(1) != FRAME || frames.size(2) != FRAME) {
      throw new IllegalArgumentException(
          "Expected frames [n, 84, 84], found " + Arrays.toString(frames.shape()));
    }
    int n = Math.toIntExact(frames.size(0));
    long[] tokens = new long[n * TOKENS];
    for (int start = 0; start < n; start += PASS_FRAMES) {
      int count = Math.min(PASS_FRAMES, n - start);
      byte[] grays;
      try (StepScope scope = StepScope.inference()) {
        grays = Tensors.bytes8(frames.narrow(0, start, count));
      }
      findNearest(grays, tokens, start * TOKENS);
    }
    return Tensors.of(tokens, n, TOKENS);
  }

  /** Most patches are the background's or were met before: only those that are new are compared. */
  private void findNearest(byte[] frames, long[] tokens, int at) {
    int patches = frames.length / PIXELS;
    Patch[] found = new Patch[patches];
    Map<Patch, Integer> inThisPass = new LinkedHashMap<>();
    for (int i = 0; i < patches; i++) {
      found[i] = Patch.of(frames, i / TOKENS * FRAME * FRAME, i % TOKENS);
      Integer code = met.get(found[i]);
      inThisPass.put(found[i], code == null ? -1 : code);
    }
    List<Patch> unknown =
        inThisPass.entrySet().stream()
            .filter(patch -> patch.getValue() < 0)
            .map(Map.Entry::getKey)
            .toList();
    if (!unknown.isEmpty()) {
      long[] codes = nearest(unknown);
      if (met.size() + codes.length > MOST_MET) {
        met.clear();
      }
      for (int i = 0; i < codes.length; i++) {
        inThisPass.put(unknown.get(i), (int) codes[i]);
        met.put(unknown.get(i), (int) codes[i]);
      }
    }
    for (int i = 0; i < patches; i++) {
      tokens[at + i] = requireNonNull(inThisPass.get(found[i]));
    }
  }

  /** The length of a patch itself is the same for all codes, so it is left out. */
  private long[] nearest(List<Patch> patches) {
    try (StepScope scope = StepScope.inference()) {
      Tensor rows = device.put(compared(patches, smooth));
      Tensor distances = torch.addmm(squares, rows, factors, new Scalar(1), new Scalar(-2));
      return Tensors.longs(torch.argmin(distances, new LongOptional(1), false));
    }
  }

  @Override
  public Tensor decode(Tensor tokens) {
    long n = tokens.size(0);
    Tensor shown = Tensors.onHost(tokens);
    Tensor frames = Tensors.empty(ScalarType.Float, n, 1, FRAME, FRAME);
    for (long start = 0; start < n; start += PASS_FRAMES) {
      long count = Math.min(PASS_FRAMES, n - start);
      try (StepScope scope = StepScope.inference()) {
        Tensor patches = torch.index_select(codes, 0, shown.narrow(0, start, count).reshape(-1));
        Tensor grays =
            patches
                .view(count, GRID, GRID, SIDE, SIDE)
                .permute(0, 1, 3, 2, 4)
                .reshape(count, 1, FRAME, FRAME);
        frames
            .narrow(0, start, count)
            .copy_(grays.toType(ScalarType.Float).div_(new Scalar(WHITE)));
      }
    }
    return frames;
  }

  @Override
  public String hash() {
    return FrameTokenizer.hash(tensors());
  }

  @Override
  public void close() {
    stored.values().forEach(Tensors::release);
    Tensors.release(factors);
    Tensors.release(squares);
  }
}
