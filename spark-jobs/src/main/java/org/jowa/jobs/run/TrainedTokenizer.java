package org.jowa.jobs.run;

import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.InvalidInputException;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;

/**
 * What tells one tokenizer from another.
 *
 * @param checkpoint URI of its checkpoint's folder, or of a model's that it learned beside
 * @param hash of its weights; names the tokens that it makes
 * @param codebookSize number of different tokens
 */
public record TrainedTokenizer(String checkpoint, String hash, int codebookSize)
    implements Serializable {

  /** The tokenizer with its weights, on the CPU. */
  public FrameTokenizer load(Configuration hadoop) {
    return load(Device.CPU, hadoop);
  }

  /**
   * The tokenizer with its weights.
   *
   * @throws InvalidInputException if torch can't use the device
   */
  public FrameTokenizer load(Device device, Configuration hadoop) {
    try (Safetensors weights = CheckpointStore.read(checkpoint, hadoop).tokenizer()) {
      return FrameTokenizer.load(weights, device);
    }
  }

  /**
   * @param model checkpoint of a world-action model
   * @param remedy what to do if it isn't
   * @throws InvalidInputException if it was trained on another tokenizer's tokens
   */
  public void requireOf(Checkpoint model, String remedy) {
    String trainedWith =
        model.hasTokenizer() ? of(model).hash() : model.state().inputs().get("tokenizer");
    if (trainedWith != null && !trainedWith.equals(hash)) {
      throw new InvalidInputException(
          "%s was trained with tokenizer %s, but the one in %s is %s: %s"
              .formatted(model.location(), trainedWith, checkpoint, hash, remedy));
    }
  }

  /**
   * The checkpoint with a model's tokenizer. One that learned beside the model is another in each
   * of the model's checkpoints.
   *
   * @param run URI of the run folder whose model it is
   * @param tokenizerRun URI of the run folder that is said to have it
   * @throws InvalidInputException if that has none
   */
  public static Checkpoint checkpointFor(
      Checkpoint model, String run, String tokenizerRun, Configuration hadoop) {
    return model.hasTokenizer() && tokenizerRun.equals(run)
        ? model
        : RunFolder.at(tokenizerRun, hadoop).tokenizer();
  }

  /** Reads the weights of a checkpoint. */
  public static TrainedTokenizer of(Checkpoint checkpoint) {
    TorchRuntime.init();
    try (Safetensors weights = checkpoint.tokenizer();
        FrameTokenizer tokenizer = FrameTokenizer.load(weights)) {
      return new TrainedTokenizer(
          checkpoint.location(), tokenizer.hash(), tokenizer.codebookSize());
    }
  }
}
