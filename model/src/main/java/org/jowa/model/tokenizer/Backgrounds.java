package org.jowa.model.tokenizer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * A frame of each game that shows what stands still; the tokenizer then works on differences to it.
 * It is part of the tokenizer's weights file, so that play needs nothing else.
 */
public final class Backgrounds implements AutoCloseable {
  private static final String FRAMES = "backgrounds.frames";
  private static final String GAMES = "backgrounds.games";
  private static final int SIDE = TokenizerConfig.FRAME_SIZE;

  private final Map<Integer, Long> rows = new LinkedHashMap<>();

  /** int64 [games]: ids, ascending. */
  private final Tensor games;

  /** uint8 [games, 84, 84]. */
  private final Tensor frames;

  private Backgrounds(Tensor games, Tensor frames) {
    this.games = games;
    this.frames = frames;
    for (long game : Tensors.longs(games)) {
      rows.put((int) game, (long) rows.size());
    }
  }

  /**
   * @param byGame 84 x 84 gray values by the game's id
   */
  public static Backgrounds of(Map<Integer, byte[]> byGame) {
    TreeMap<Integer, byte[]> sorted = new TreeMap<>(byGame);
    long[] ids = sorted.keySet().stream().mapToLong(id -> id).toArray();
    byte[] pixels = new byte[ids.length * SIDE * SIDE];
    int at = 0;
    for (byte[] frame : sorted.values()) {
      System.arraycopy(frame, 0, pixels, at, SIDE * SIDE);
      at += SIDE * SIDE;
    }
    try (StepScope scope = StepScope.inference()) {
      return new Backgrounds(
          Tensors.keep(Tensors.of(ids, ids.length)),
          Tensors.keep(Tensors.of(pixels, ids.length, SIDE, SIDE)));
    }
  }

  /** Whether a tokenizer's tensors, by name, tell backgrounds. */
  public static boolean areIn(Map<String, Tensor> weights) {
    return weights.containsKey(FRAMES);
  }

  /** Those of a weights file, if it has any. */
  static Optional<Backgrounds> load(Safetensors weights) {
    if (!areIn(weights.tensors())) {
      return Optional.empty();
    }
    Tensor frames = weights.tensor(FRAMES);
    Tensor games = weights.tensor(GAMES);
    if (frames.scalar_type().intern() != ScalarType.Byte
        || games.scalar_type().intern() != ScalarType.Long
        || games.dim() != 1
        || frames.dim() != 3
        || frames.size(0) != games.size(0)
        || frames.size(1) != SIDE
        || frames.size(2) != SIDE) {
      throw new InvalidInputException(
          weights.source() + " holds backgrounds of another shape or type: use another file");
    }
    try (StepScope scope = StepScope.inference()) {
      return Optional.of(
          new Backgrounds(Tensors.keep(games.clone()), Tensors.keep(frames.clone())));
    }
  }

  /** Whether a tensor of a weights file is one of these. */
  static boolean holds(String name) {
    return name.equals(FRAMES) || name.equals(GAMES);
  }

  /** By their names in a weights file. */
  Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put(GAMES, games);
    tensors.put(FRAMES, frames);
    return tensors;
  }

  /**
   * A background for each frame.
   *
   * @param of id of each frame's game
   * @return uint8 [of.length, 84, 84]
   * @throws InvalidInputException if there is none of a game
   */
  Tensor of(int... of) {
    long[] wanted = new long[of.length];
    for (int frame = 0; frame < of.length; frame++) {
      Long row = rows.get(of[frame]);
      if (row == null) {
        throw new InvalidInputException(
            "The tokenizer has no background of %s, only of %s: train one on data with that game"
                .formatted(
                    Games.byId(of[frame]).name(),
                    rows.keySet().stream()
                        .map(id -> Games.byId(id).name())
                        .collect(Collectors.joining(", "))));
      }
      wanted[frame] = row;
    }
    return torch.index_select(frames, 0, Tensors.of(wanted, wanted.length));
  }

  @Override
  public void close() {
    Tensors.release(games);
    Tensors.release(frames);
  }
}
