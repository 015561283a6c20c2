package org.jowa.model.parity;

import static org.jowa.model.parity.GoldenTensors.ints;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.imagine.ImaginedSequence;
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
      Tensor tokens = file.tensor(name + ".observations");
      int size = Math.toIntExact(tokens.size(0));
      WorldBatch played =
          new WorldBatch(
              size,
              Math.toIntExact(tokens.size(1)),
              size,
              LongStream.range(0, size).toArray(),
              ints(file.tensor(name + ".envs")),
              ints(tokens),
              ints(file.tensor(name + ".actions")),
              Tensors.floats(file.tensor(name + ".rewards")),
              bytes(file.tensor(name + ".ends")),
              bytes(file.tensor(name + ".mask_padding")));
      return imagined ? withImagined(played, file) : played;
    }
  }

  /** As training adds them. */
  private static WorldBatch withImagined(WorldBatch played, Safetensors file) {
    int[] games = ints(file.tensor("imagine.envs"));
    List<ImaginedSequence> sequences = new ArrayList<>();
    List<Integer> slots = new ArrayList<>();
    for (int i = 0; i < games.length; i++) {
      sequences.add(
          new ImaginedSequence(
              games[i],
              ints(file.tensor("imagine.observations").select(0, i)),
              ints(file.tensor("imagine.actions").select(0, i)),
              Tensors.floats(file.tensor("imagine.rewards").select(0, i))));
      slots.add(i);
    }
    return ImaginedSequence.append(played, sequences, slots);
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
