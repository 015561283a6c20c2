package org.jowa.model.tokenizer;

import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.Tensors;

/**
 * Turns a frame of 84x84 gray pixels into 36 tokens, row by row over a 6x6 grid, and tokens into a
 * frame again: what everything but its training knows of a tokenizer.
 *
 * <p>Returned tensors are made in the caller's pointer scope. It may be used by several threads.
 */
public interface FrameTokenizer extends AutoCloseable {
  /**
   * The tokenizer of a checkpoint, whichever kind it is, in fp32 on the CPU.
   *
   * @throws InvalidInputException if the weights aren't a tokenizer's
   */
  static FrameTokenizer load(Safetensors weights) {
    return load(weights, Device.CPU);
  }

  /**
   * The same on a device, which gets the frames and tokens that it needs: callers' tensors and
   * those that come back lie anywhere, and {@link Tensors} reads them.
   *
   * @throws InvalidInputException if the weights aren't a tokenizer's, or torch can't use the
   *     device
   */
  static FrameTokenizer load(Safetensors weights, Device device) {
    Compute compute = new Compute(device, Precision.FP32);
    compute.prepare();
    return PatchTokenizer.isOne(weights)
        ? PatchTokenizer.load(weights, device)
        : Tokenizer.load(weights, compute);
  }

  /**
   * This tokenizer for frames of one game, which those that know a game's background need.
   *
   * @param game id
   * @return it shares the weights, and nobody needs to close it
   * @throws InvalidInputException if it knows backgrounds, but not this game's
   */
  default FrameTokenizer forGame(int game) {
    return this;
  }

  /** Number of different tokens. */
  int codebookSize();

  /**
   * What tells the codes apart, a row each: code vectors, or the pixels of patches, 0 to 1. A model
   * of tokens may start its embeddings from it.
   *
   * @return fp32 [codebookSize, width], in memory of the tokenizer's or the caller's scope
   */
  Tensor features();

  /**
   * Tokens of frames, in passes of bounded size.
   *
   * @param frames uint8 [n, 84, 84]
   * @return int64 [n, 36], row by row over the grid
   */
  Tensor tokens(Tensor frames);

  /**
   * Frames of tokens, in passes of bounded size.
   *
   * @param tokens int64 [n, 36]
   * @return fp32 [n, 1, 84, 84], about [0, 1], not clamped
   */
  Tensor decode(Tensor tokens);

  /**
   * The same as gray values.
   *
   * @return [n * 84 * 84], 0 to 255
   */
  default byte[] grays(Tensor tokens) {
    float[] values = Tensors.floats(decode(tokens));
    byte[] grays = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      grays[i] = (byte) Math.round(255 * Math.max(0, Math.min(1, values[i])));
    }
    return grays;
  }

  /** Names these weights: 16 hexadecimal digits of a SHA-256 over names, shapes and values. */
  String hash();

  @Override
  void close();

  /** The hash of named tensors. */
  static String hash(Map<String, Tensor> tensors) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
        Safetensors.write(out, tensors, Map.of());
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException | IOException e) {
      throw new IllegalStateException("Cannot hash the tokenizer's weights", e);
    }
  }
}
