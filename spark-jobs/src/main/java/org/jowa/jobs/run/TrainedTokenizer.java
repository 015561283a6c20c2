package org.jowa.jobs.run;

import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;

/**
 * What tells one tokenizer from another.
 *
 * @param checkpoint URI of its checkpoint's folder
 * @param hash of its weights; names the tokens that it makes
 * @param codebookSize number of different tokens
 */
public record TrainedTokenizer(String checkpoint, String hash, int codebookSize)
    implements Serializable {

  /** The tokenizer with its weights. */
  public FrameTokenizer load(Configuration hadoop) {
    try (Safetensors weights = CheckpointStore.read(checkpoint, hadoop).model()) {
      return FrameTokenizer.load(weights);
    }
  }

  /** Reads the weights of a checkpoint. */
  public static TrainedTokenizer of(Checkpoint checkpoint) {
    TorchRuntime.init();
    try (Safetensors weights = checkpoint.model();
        FrameTokenizer tokenizer = FrameTokenizer.load(weights)) {
      return new TrainedTokenizer(
          checkpoint.location(), tokenizer.hash(), tokenizer.codebookSize());
    }
  }
}
