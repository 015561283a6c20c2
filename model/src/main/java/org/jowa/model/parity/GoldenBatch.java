package org.jowa.model.parity;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldBatch;

/** Reads the batches of a golden set. */
final class GoldenBatch {
  private static final Pattern BATCH = Pattern.compile("batches\\.(\\w+)");

  private GoldenBatch() {}

  /** The batch that the note on a file of logits names. */
  static WorldBatch ofLogits(GoldenSet golden, String logits) {
    Matcher name = BATCH.matcher(golden.note(logits));
    if (!name.find()) {
      throw new InvalidInputException(
          "The manifest's note on " + logits + " names no batch: " + golden.note(logits));
    }
    return read(golden, name.group(1), false);
  }

  /**
   * @param name of the batch of played sequences
   * @param imagined whether the imagined sequences follow
   */
  static WorldBatch read(GoldenSet golden, String name, boolean imagined) {
    try (Safetensors file = golden.read("batches");
        StepScope scope = StepScope.inference()) {
      Tensor tokens = tensor(file, name, imagined, "observations");
      Tensor played = file.tensor(name + ".observations");
      int size = Math.toIntExact(tokens.size(0));
      return new WorldBatch(
          size,
          Math.toIntExact(tokens.size(1)),
          Math.toIntExact(played.size(0)),
          LongStream.range(0, size).toArray(),
          ints(tensor(file, name, imagined, "envs")),
          ints(tokens),
          ints(tensor(file, name, imagined, "actions")),
          Tensors.floats(tensor(file, name, imagined, "rewards")),
          bytes(tensor(file, name, imagined, "ends")),
          bytes(tensor(file, name, imagined, "mask_padding")));
    }
  }

  private static Tensor tensor(Safetensors file, String name, boolean imagined, String field) {
    Tensor played = file.tensor(name + "." + field);
    if (!imagined) {
      return played;
    }
    return torch.cat(new TensorVector(played, file.tensor("imagine." + field)), 0);
  }

  private static int[] ints(Tensor tensor) {
    long[] values = Tensors.longs(tensor);
    int[] narrow = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = Math.toIntExact(values[i]);
    }
    return narrow;
  }

  private static byte[] bytes(Tensor tensor) {
    int[] values = ints(tensor.to(ScalarType.Long));
    byte[] narrow = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (byte) values[i];
    }
    return narrow;
  }
}
