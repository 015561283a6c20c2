package org.jowa.model.settings;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jowa.error.UsageException;
import org.jowa.model.torch.Precision;

/**
 * How a tokenizer is trained: the {@code tokenizer} section of the configuration.
 *
 * @param kind what it is
 * @param model its sizes
 * @param steps optimizer steps
 * @param joint in which stages of the model it learns along; then its steps are theirs
 * @param batchSize frames a step, over all ranks
 * @param learningRate of Adam
 * @param clipNorm largest norm of the gradients; 0 for no clipping
 * @param perceptualWeights safetensors file with LPIPS weights; empty for no perceptual loss
 * @param precision of convolutions and products in training
 * @param background what the network works on differences to
 * @param objective what its losses are
 * @param codes how codes find their places
 */
@Section("tokenizer")
@RecordBuilder
public record TokenizerSettings(
    @Setting(
            value = "vq-vae (trained), or patches: the codes are 14x14 pixels, found by counting",
            before = "vq-vae")
        Kind kind,
    TokenizerConfig model,
    @Setting(value = "optimizer steps", range = "[0, 1e9]") long steps,
    @Setting(
            value = "none (trained before), or learns along: in stage1, or in all stages",
            before = "none")
        Stages joint,
    @Setting(value = "frames a step, in all ranks together", range = "[1, 1e6]") int batchSize,
    @Setting(value = "Adam, constant", range = "(0, 1]") double learningRate,
    @Setting(
            value = "global norm that gradients are clipped to; 0 = no clipping",
            range = "[0, 1e6]")
        double clipNorm,
    @Setting("safetensors file with LPIPS weights; null = no perceptual loss")
        Optional<String> perceptualWeights,
    @Setting(
            value = "of convolutions and products in training: fp32, tf32 or bf16",
            before = "fp32")
        Precision precision,
    @Setting(
            value = "none, or median: work on differences to the game's median frame",
            before = "none")
        Background background,
    CodeSettings codes,
    TokenizerObjective objective)
    implements TokenizerSettingsBuilder.With {
  /** What a tokenizer is. */
  public enum Kind {
    /** A network that is trained. */
    VQ_VAE,
    /** A dictionary of patches that are counted. */
    PATCHES
  }

  /** What a frame is seen against. */
  public enum Background {
    /** Nothing: the network sees whole frames. */
    NONE,
    /** The game's median frame: the network sees what differs from it. */
    MEDIAN
  }

  /** When it learns beside the world-action model. */
  public enum Stages {
    /** Never: it was trained before. */
    NONE,
    /** In stage 1: the paper's pretraining. It then makes the tokens of stage 2 as it is. */
    STAGE1,
    /** In both: the paper's fine-tuning. */
    ALL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public static final String KIND = "tokenizer.kind";
  public static final String STEPS = "tokenizer.steps";

  private static final String PERCEPTUAL_WEIGHTS = "tokenizer.perceptual-weights";
  private static final Schema<TokenizerSettings> SCHEMA = Schema.of(TokenizerSettings.class);

  /** Settings of a training on whole frames with the paper's losses. */
  public TokenizerSettings(
      TokenizerConfig model,
      long steps,
      int batchSize,
      double learningRate,
      double clipNorm,
      Optional<String> perceptualWeights,
      Precision precision) {
    this(
        Kind.VQ_VAE,
        model,
        steps,
        Stages.NONE,
        batchSize,
        learningRate,
        clipNorm,
        perceptualWeights,
        precision,
        Background.NONE,
        CodeSettings.STANDARD,
        TokenizerObjective.STANDARD);
  }

  /** Whether it learns beside the world-action model. */
  public boolean isJoint() {
    return joint != Stages.NONE;
  }

  /**
   * These, if a tokenizer can be made with them.
   *
   * @throws UsageException if some don't go together
   */
  public TokenizerSettings trainable() {
    if (kind == Kind.PATCHES && perceptualWeights.isPresent()) {
      throw new UsageException(
          "Configuration key %s is %s, but tokenizer.kind is patches, which isn't trained with a loss: set it to null, or tokenizer.kind to vq-vae"
              .formatted(PERCEPTUAL_WEIGHTS, perceptualWeights.get()));
    }
    if (kind == Kind.VQ_VAE && objective.movingPixels() != 1 && background == Background.NONE) {
      throw new UsageException(
          "tokenizer.loss.moving-pixels is %s, but without a background nothing tells what moves: set tokenizer.background to median, or the weight to 1"
              .formatted(objective.movingPixels()));
    }
    if (kind == Kind.VQ_VAE && objective.isNothing()) {
      throw new UsageException(
          "tokenizer.loss.l1, l2 and worst-pixel are all 0: set one of them above it");
    }
    return this;
  }

  /** Everything that decides the result, by configuration key. */
  public Map<String, String> identity() {
    Map<String, String> keys = SCHEMA.texts(this);
    // Of the model's training: a tokenizer that is trained before doesn't ask for it.
    keys.remove(JointTokenizer.KEY);
    if (kind == Kind.PATCHES) {
      keys.keySet().retainAll(Set.of(KIND, "tokenizer.codebook-size"));
    } else {
      // The file's place may differ from machine to machine, whether there is one may not.
      keys.computeIfPresent(
          PERCEPTUAL_WEIGHTS, (key, file) -> perceptualWeights.isPresent() ? "set" : "null");
    }
    return keys;
  }
}
