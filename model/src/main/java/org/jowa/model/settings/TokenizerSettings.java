package org.jowa.model.settings;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jowa.error.UsageException;
import org.jowa.model.torch.Precision;

/**
 * How a tokenizer is trained: the {@code tokenizer} section of the configuration.
 *
 * @param model its sizes
 * @param steps optimizer steps
 * @param batchSize frames a step, over all ranks
 * @param learningRate of Adam
 * @param clipNorm largest norm of the gradients; 0 for no clipping
 * @param perceptualWeights safetensors file with LPIPS weights; empty for no perceptual loss
 * @param precision of convolutions and products in training
 * @param background what the network works on differences to
 * @param objective what its losses are
 * @param codes how codes find their places
 */
public record TokenizerSettings(
    TokenizerConfig model,
    long steps,
    int batchSize,
    double learningRate,
    double clipNorm,
    Optional<Path> perceptualWeights,
    Precision precision,
    Background background,
    TokenizerObjective objective,
    CodeSettings codes) {
  /** What a frame is seen against. */
  public enum Background {
    /** Nothing: the network sees whole frames. */
    NONE,
    /** The game's median frame: the network sees what differs from it. */
    MEDIAN
  }

  /** Key of the kind of tokenizer: this, or a dictionary of patches. */
  public static final String KIND = "tokenizer.kind";

  /** The kind that is trained. */
  public static final String VQ_VAE = "vq-vae";

  public static final String STEPS = "tokenizer.steps";

  /** Checks the ranges. */
  public TokenizerSettings {
    TrainSettings.Ranges.atLeast(STEPS, steps, 0);
    TrainSettings.Ranges.atLeast("tokenizer.batch-size", batchSize, 1);
    TrainSettings.Ranges.positive("tokenizer.learning-rate", learningRate);
    TrainSettings.Ranges.notNegative("tokenizer.clip-norm", clipNorm);
    if (objective.movingPixels() != 1 && background == Background.NONE) {
      throw new UsageException(
          "tokenizer.loss.moving-pixels is %s, but without a background nothing tells what moves: set tokenizer.background to median, or the weight to 1"
              .formatted(objective.movingPixels()));
    }
  }

  /** Settings of a training on whole frames with the paper's losses. */
  public TokenizerSettings(
      TokenizerConfig model,
      long steps,
      int batchSize,
      double learningRate,
      double clipNorm,
      Optional<Path> perceptualWeights,
      Precision precision) {
    this(
        model,
        steps,
        batchSize,
        learningRate,
        clipNorm,
        perceptualWeights,
        precision,
        Background.NONE,
        TokenizerObjective.STANDARD,
        CodeSettings.STANDARD);
  }

  /** Settings of a training in fp32. */
  public TokenizerSettings(
      TokenizerConfig model,
      long steps,
      int batchSize,
      double learningRate,
      double clipNorm,
      Optional<Path> perceptualWeights) {
    this(model, steps, batchSize, learningRate, clipNorm, perceptualWeights, Precision.FP32);
  }

  /** Everything that decides the result, by configuration key. */
  public Map<String, String> identity() {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put(KIND, VQ_VAE);
    keys.put("tokenizer.channels", String.valueOf(model.channels()));
    keys.put("tokenizer.latent-channels", String.valueOf(model.latentChannels()));
    keys.put("tokenizer.embedding-dim", String.valueOf(model.embeddingDim()));
    keys.put("tokenizer.codebook-size", String.valueOf(model.codebookSize()));
    keys.put(STEPS, String.valueOf(steps));
    keys.put("tokenizer.batch-size", String.valueOf(batchSize));
    keys.put("tokenizer.learning-rate", String.valueOf(learningRate));
    keys.put("tokenizer.clip-norm", String.valueOf(clipNorm));
    // The file's place may differ from machine to machine, whether there is one may not.
    keys.put("tokenizer.perceptual-weights", perceptualWeights.isPresent() ? "set" : "null");
    keys.put("tokenizer.precision", precision.toString());
    keys.put("tokenizer.background", lowerCase(background));
    keys.put("tokenizer.loss.l1", String.valueOf(objective.l1()));
    keys.put("tokenizer.loss.l2", String.valueOf(objective.l2()));
    keys.put("tokenizer.loss.worst-pixel", String.valueOf(objective.worstPixel()));
    keys.put("tokenizer.loss.moving-pixels", String.valueOf(objective.movingPixels()));
    keys.put("tokenizer.loss.commitment", String.valueOf(objective.commitment()));
    keys.put("tokenizer.code-update", lowerCase(codes.update()));
    keys.put("tokenizer.code-decay", String.valueOf(codes.decay()));
    keys.put("tokenizer.code-distance", lowerCase(model.distance()));
    keys.put("tokenizer.code-start", lowerCase(codes.start()));
    keys.put("tokenizer.code-revival", String.valueOf(codes.revival()));
    return keys;
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
