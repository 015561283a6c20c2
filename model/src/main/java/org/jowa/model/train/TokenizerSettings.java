package org.jowa.model.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jowa.model.tokenizer.TokenizerConfig;
import org.jowa.model.torch.Precision;
import org.jowa.model.train.TrainSettings.Ranges;

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
 */
public record TokenizerSettings(
    TokenizerConfig model,
    long steps,
    int batchSize,
    double learningRate,
    double clipNorm,
    Optional<Path> perceptualWeights,
    Precision precision) {
  /** Key of the kind of tokenizer: this, or a dictionary of patches. */
  static final String KIND = "tokenizer.kind";

  /** The kind that is trained. */
  static final String VQ_VAE = "vq-vae";

  static final String STEPS = "tokenizer.steps";

  /** Checks the ranges. */
  public TokenizerSettings {
    Ranges.atLeast(STEPS, steps, 0);
    Ranges.atLeast("tokenizer.batch-size", batchSize, 1);
    Ranges.positive("tokenizer.learning-rate", learningRate);
    Ranges.notNegative("tokenizer.clip-norm", clipNorm);
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
    return keys;
  }
}
