package org.jowa.jobs.weights;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.model.exchange.WorldSizes;
import org.jowa.model.settings.TokenizerConfig;

/** Finds and checks the configuration that weights were made with, as far as shapes can tell. */
final class OfficialPresets {
  /** The paper's sizes, smallest first. */
  static final List<String> SIZES = List.of("40m", "70m", "150m");

  private OfficialPresets() {}

  /**
   * The preset of a model's sizes.
   *
   * @throws InvalidInputException if none of the paper's has them
   */
  static Config of(WorldSizes sizes, String file) {
    return SIZES.stream()
        .map(Config::preset)
        .filter(preset -> sizes(preset).equals(sizes))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "Cannot import %s: it has %s, which is none of the paper's sizes: %s; name its configuration with --preset and --set"
                        .formatted(file, sizes, all())));
  }

  private static String all() {
    return SIZES.stream()
        .map(name -> name + " (" + sizes(Config.preset(name)) + ")")
        .collect(Collectors.joining(", "));
  }

  /**
   * @throws InvalidInputException if a model has other sizes than the configuration says
   */
  static void requireFits(Config config, WorldSizes found, String file) {
    if (!sizes(config).equals(found)) {
      throw new InvalidInputException(
          "Cannot import %s: it has %s, but the configuration asks for %s; change --preset or --set"
              .formatted(file, found, sizes(config)));
    }
  }

  /**
   * @throws InvalidInputException if a tokenizer has other sizes than the configuration says
   */
  static void requireFits(Config config, TokenizerConfig found, String file) {
    TokenizerConfig expected = config.settings().tokenizer().model();
    if (!expected.equals(found)) {
      throw new InvalidInputException(
          "Cannot import %s: it has %s, but the configuration asks for %s; change --preset or --set"
              .formatted(file, words(found), words(expected)));
    }
  }

  /** The paper's name of a configuration's size: 40m for instance. */
  static Optional<String> nameOf(Config config) {
    return SIZES.stream()
        .filter(name -> sizes(Config.preset(name)).equals(sizes(config)))
        .findFirst();
  }

  private static WorldSizes sizes(Config config) {
    return WorldSizes.of(config.settings().world().model());
  }

  private static String words(TokenizerConfig sizes) {
    return String.format(
        Locale.ROOT,
        "channels %d, latent channels %d, embedding dimension %d, codes %d",
        sizes.channels(),
        sizes.latentChannels(),
        sizes.embeddingDim(),
        sizes.codebookSize());
  }
}
