package org.jowa.model.tokenizer;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Tensors;

/** Counts how often each code was chosen, to see whether the codebook collapses. */
public final class CodebookUse implements CodeChoices {
  private final long[] counts;

  private CodebookUse(int codebookSize) {
    counts = new long[codebookSize];
  }

  /** All counts zero. */
  public static CodebookUse of(TokenizerConfig config) {
    return new CodebookUse(config.codebookSize());
  }

  /**
   * Counts tokens.
   *
   * @param tokens int64, any shape
   */
  public void add(Tensor tokens) {
    for (long token : Tensors.longs(tokens)) {
      counts[(int) token]++;
    }
  }

  @Override
  public void add(Tensor tokens, Tensor latents) {
    add(tokens);
  }

  /** Adds counts that were summed elsewhere, over ranks for instance. */
  public void add(long[] other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other[i];
    }
  }

  /** How often each code was chosen. */
  public long[] counts() {
    return counts.clone();
  }

  /** Share of the codes that were chosen at all, 0 to 1. */
  public double fraction() {
    return (double) Arrays.stream(counts).filter(count -> count > 0).count() / counts.length;
  }

  /**
   * exp of the entropy of the codes' frequencies: the codebook size when all are equally frequent,
   * 1 when only one is chosen; 0 when nothing was counted.
   */
  public double perplexity() {
    long total = Arrays.stream(counts).sum();
    if (total == 0) {
      return 0;
    }
    double entropy = 0;
    for (long count : counts) {
      if (count > 0) {
        double share = (double) count / total;
        entropy -= share * Math.log(share);
      }
    }
    return Math.exp(entropy);
  }
}
