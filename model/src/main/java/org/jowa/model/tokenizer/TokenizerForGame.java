package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;

/**
 * A tokenizer that knows backgrounds, for frames of one game.
 *
 * @param tokenizer whose weights it shares
 * @param game id
 */
record TokenizerForGame(Tokenizer tokenizer, int game) implements FrameTokenizer {
  @Override
  public FrameTokenizer forGame(int other) {
    return tokenizer.forGame(other);
  }

  @Override
  public int codebookSize() {
    return tokenizer.codebookSize();
  }

  @Override
  public Tensor features() {
    return tokenizer.features();
  }

  @Override
  public Tensor tokens(Tensor frames) {
    return tokenizer.tokens(frames, new int[] {game});
  }

  @Override
  public Tensor decode(Tensor tokens) {
    return tokenizer.decode(tokens, new int[] {game});
  }

  @Override
  public String hash() {
    return tokenizer.hash();
  }

  /** The weights are the other's. */
  @Override
  public void close() {}
}
