package org.jowa.jobs.pretrain;

import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * What is trained on for frames that the model imagined: their tokens as they are, or, to compare,
 * what the reference makes of them.
 *
 * @param misreads the tokenizer that is shown them once more; empty where they stay as they are
 */
record ImaginedFrames(Optional<Tokenizer> misreads) implements AutoCloseable {

  /**
   * @throws UsageException if the reference has no such tokenizer
   */
  static ImaginedFrames of(Config config, TrainedTokenizer trained) {
    ImaginationSettings imagination = config.settings().world().imagination();
    if (!imagination.isOn() || imagination.mode() == ImaginationSettings.Mode.REPAIRED) {
      return new ImaginedFrames(Optional.empty());
    }
    FrameTokenizer tokenizer = trained.load(SparkJobs.hadoop());
    if (tokenizer instanceof Tokenizer network) {
      return new ImaginedFrames(Optional.of(network));
    }
    tokenizer.close();
    throw new UsageException(
        "world.imagination.mode is reference, but the tokenizer is a dictionary of patches, which the reference hasn't got: set it to repaired");
  }

  UnaryOperator<int[]> asTrained() {
    return misreads.isEmpty() ? UnaryOperator.identity() : this::misread;
  }

  private int[] misread(int[] tokens) {
    try (StepScope scope = StepScope.inference()) {
      int frames = tokens.length / WorldConfig.FRAME_TOKENS;
      Tensor shown = Tensors.indices(tokens, frames, WorldConfig.FRAME_TOKENS);
      return LongStream.of(Tensors.longs(misreads.orElseThrow().misread(shown)))
          .mapToInt(Math::toIntExact)
          .toArray();
    }
  }

  @Override
  public void close() {
    misreads.ifPresent(Tokenizer::close);
  }
}
