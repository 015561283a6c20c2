package org.jowa.model.bench;

import static org.jowa.env.game.Observation.SIDE;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.tokenizer.CodebookUse;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.tokenizer.TokenizerLosses;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/** Whole tokenizer steps on random frames, for measuring. */
public final class RandomTokenizerStep implements AutoCloseable {
  private static final double RATE = 1e-4;
  private static final double CLIP_NORM = 1.0;

  private final Tokenizer tokenizer;
  private final AdamW optimizer;
  private final byte[] frames;
  private final int count;

  private RandomTokenizerStep(TokenizerConfig config, int count, long seed, Compute compute) {
    this.tokenizer = Tokenizer.create(config, seed, compute);
    this.optimizer =
        AdamW.of(
            tokenizer.parameters(), Map.of(ParameterGroup.NO_DECAY, new GroupSettings(RATE, 0)));
    this.count = count;
    this.frames = new byte[count * SIDE * SIDE];
    new Random(seed).nextBytes(frames);
  }

  /**
   * @param count frames of a step
   * @param seed of weights and frames
   * @param compute where and in which precision
   */
  public static RandomTokenizerStep of(
      TokenizerConfig config, int count, long seed, Compute compute) {
    return new RandomTokenizerStep(config, count, seed, compute);
  }

  /** A training step: forward, losses, backward, clipping, Adam. Gives the loss before it. */
  public double train() {
    try (StepScope scope = StepScope.training()) {
      tokenizer.parameters().zeroGradients();
      CodebookUse use = CodebookUse.of(tokenizer.config());
      List<TokenizerLosses> losses = tokenizer.accumulateGradients(batch(), count, use);
      optimizer.step(CLIP_NORM);
      return TokenizerLosses.sum(losses).total();
    }
  }

  /** Frames to tokens. */
  public void encode() {
    try (StepScope scope = StepScope.inference()) {
      tokenizer.tokens(batch());
    }
  }

  private Tensor batch() {
    return Tensors.of(frames, count, SIDE, SIDE);
  }

  @Override
  public void close() {
    optimizer.close();
    tokenizer.close();
  }
}
