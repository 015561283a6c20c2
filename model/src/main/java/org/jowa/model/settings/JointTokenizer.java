package org.jowa.model.settings;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jowa.error.UsageException;
import org.jowa.model.settings.TokenizerSettings.Stages;

/**
 * How a tokenizer learns beside the world-action model, as in the paper, instead of before it.
 *
 * <p>Source: specification sections 1.8 and 5.4.
 *
 * @param settings of the tokenizer; its steps are those of the stages
 * @param stages in which it learns
 * @param start URI of the checkpoint whose tokenizer a new run starts from; empty for random
 *     weights
 */
public record JointTokenizer(TokenizerSettings settings, Stages stages, Optional<String> start) {
  /** Key of the stages. */
  public static final String KEY = "tokenizer.joint";

  /** Checks that it is a tokenizer that can learn along. */
  public JointTokenizer {
    if (settings.kind() == TokenizerSettings.Kind.PATCHES) {
      throw new UsageException(
          "%s is %s, but tokenizer.kind is patches, which are counted and don't learn: set the one to none or the other to vq-vae"
              .formatted(KEY, stages));
    }
    require(settings.background() == TokenizerSettings.Background.NONE, "tokenizer.background");
    CodeSettings codes = settings.codes();
    require(codes.update() == CodeSettings.Update.GRADIENT, "tokenizer.code-update");
    require(codes.start() == CodeSettings.Start.RANDOM, "tokenizer.code-start");
    require(codes.revival() == 0, "tokenizer.code-revival");
  }

  private void require(boolean fits, String key) {
    if (!fits) {
      throw new UsageException(
          "%s is %s, and %s isn't what the paper's presets have: train the tokenizer first, with %s=none, or leave %s out"
              .formatted(KEY, stages, key, KEY, key));
    }
  }

  /**
   * Checks that a model can be trained beside it.
   *
   * @throws UsageException if the model is trained in ways that need a tokenizer that stays
   */
  public void requireFit(WorldSettings world) {
    if (world.behaviour().steps() > 0) {
      throw new UsageException(
          "%s is %s, but %s is %s: a behaviour network learns from tokens that stay, so set the one to none or the other to 0"
              .formatted(KEY, stages, "world.behaviour.steps", world.behaviour().steps()));
    }
    if (world.neighbourhood().steps() > 0) {
      throw new UsageException(
          "%s is %s, but %s is %s: a neighbourhood network starts from what codes look like, so set the one to none or the other to 0"
              .formatted(KEY, stages, "world.neighbourhood.steps", world.neighbourhood().steps()));
    }
    if (world.imagination().isOn()) {
      throw new UsageException(
          "%s is %s, but %s is %s: imagined sequences are kept as tokens, which would change their meaning, so set the one to none or the other to 0"
              .formatted(
                  KEY, stages, "world.imagination.batch-size", world.imagination().batchSize()));
    }
    if (stages == Stages.STAGE1 && world.stage1().steps() == 0) {
      throw new UsageException(
          "%s is %s, but %s is 0: the tokenizer would learn nothing, so set it to %s or %s"
              .formatted(KEY, stages, WorldSettings.STAGE1_STEPS, Stages.ALL, "none"));
    }
  }

  /** Whether it learns in a stage. */
  public boolean learnsIn(WorldStage stage) {
    return stages == Stages.ALL || stages == Stages.STAGE1 && stage == WorldStage.STAGE1;
  }

  /** Everything that decides the result, by configuration key. */
  public Map<String, String> identity() {
    Map<String, String> keys = new LinkedHashMap<>(settings.identity());
    // It learns for as long as the stages last.
    keys.remove(TokenizerSettings.STEPS);
    keys.put(KEY, stages.toString());
    return keys;
  }
}
