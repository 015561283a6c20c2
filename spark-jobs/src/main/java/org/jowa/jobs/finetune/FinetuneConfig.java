package org.jowa.jobs.finetune;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;

/** The part of a fine-tuned run's configuration that comes with the weights it starts from. */
public final class FinetuneConfig {
  /** Keys and sections that describe weights; training can't change them. */
  private static final List<String> OF_WEIGHTS =
      List.of(
          "tokenizer.kind",
          "tokenizer.channels",
          "tokenizer.latent-channels",
          "tokenizer.embedding-dim",
          "tokenizer.codebook-size",
          "tokenizer.background",
          "tokenizer.code-distance",
          "world.layers",
          "world.heads",
          "world.width",
          "world.q-width",
          "world.q-heads",
          "world.blocks",
          "world.use-task-embedding",
          "world.td-loss",
          "world.atoms",
          "world.value-min",
          "world.value-max",
          "world.state",
          "world.behaviour.width",
          "world.neighbourhood.width");

  /** How a tokenizer was trained: kept as well, unless it learns along. */
  private static final List<String> OF_TOKENIZER =
      List.of(
          "tokenizer.steps",
          "tokenizer.batch-size",
          "tokenizer.learning-rate",
          "tokenizer.clip-norm",
          "tokenizer.perceptual-weights",
          "tokenizer.precision",
          "tokenizer.code-update",
          "tokenizer.code-decay",
          "tokenizer.code-start",
          "tokenizer.code-revival",
          "tokenizer.loss");

  /** Keys that weights were trained with, and that go on unless the user asks for others. */
  private static final List<String> TRAINED_WITH =
      List.of(
          "world.discount",
          "world.n-step",
          "world.behaviour",
          "world.neighbourhood",
          "world.support");

  private FinetuneConfig() {}

  /**
   * A configuration with the sizes of the weights that a run starts from.
   *
   * @param base preset, or the run's own configuration
   * @param settings puts in what the user set
   * @param run that is fine-tuned
   * @param source run that it starts from, which may be gone when {@code run} has begun
   * @throws UsageException if there is no such run, or the settings ask for other sizes
   */
  public static Config of(Config base, UnaryOperator<Config> settings, String run, String source) {
    Configuration hadoop = new Configuration();
    Optional<Config> own = RunFolder.at(run, hadoop).config();
    Config weights =
        own.or(() -> RunFolder.at(source, hadoop).config())
            .orElseThrow(
                () ->
                    new UsageException(
                        "Option --init-from names %s, which is no run: there is no config.yaml in it"
                            .formatted(source)));
    Config sized = with(with(base, weights, OF_WEIGHTS), weights, TRAINED_WITH);
    Config config = settings.apply(sized);
    List<String> kept = new ArrayList<>(OF_WEIGHTS);
    if (!config.settings().tokenizer().isJoint()) {
      config = settings.apply(with(sized, weights, OF_TOKENIZER));
      kept.addAll(OF_TOKENIZER);
    }
    for (String section : kept) {
      for (String key : config.differences(weights, section)) {
        throw new UsageException(
            "%s is %s, but the weights of %s have %s: a fine-tuned model keeps what it starts from, so leave that setting out"
                .formatted(key, config.show(key), source, weights.show(key)));
      }
    }
    requireSameNetwork("behaviour", config, weights, source);
    requireSameNetwork("neighbourhood", config, weights, source);
    return config;
  }

  private static void requireSameNetwork(
      String network, Config config, Config weights, String source) {
    String steps = "world." + network + ".steps";
    if (config.integer(steps) > 0 != weights.integer(steps) > 0) {
      throw new UsageException(
          "%s is %s, but %s was trained with %s: it starts with a %s network or without one, as that run"
              .formatted(steps, config.show(steps), source, weights.show(steps), network));
    }
  }

  private static Config with(Config config, Config other, List<String> sections) {
    Map<String, String> kept = new LinkedHashMap<>();
    sections.forEach(section -> kept.putAll(other.section(section)));
    return config.with(kept, "the run that it starts from");
  }
}
