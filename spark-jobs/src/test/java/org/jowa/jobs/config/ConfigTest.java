package org.jowa.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class ConfigTest {
  private static final List<String> PRESETS = Config.PRESETS;

  @ParameterizedTest
  @FieldSource("PRESETS")
  void everyPresetNamesEveryKeyAndExplainsItAsTheRecordDoes(String preset) throws IOException {
    assertThat(Config.preset(preset).settings().world().model().blocks())
        .isEqualTo(preset.equals("evidence") ? 4 : 8);
    Path file = Path.of(System.getProperty("jowa.project"), "conf", preset + ".yaml");
    List<String> notes = new ArrayList<>();
    Config.parse(Files.readString(file), preset, notes::add);
    assertThat(notes).as("keys that the preset leaves out").isEmpty();
    // What a run's config.yaml says of a key is what the presets say.
    assertThat(explained(Config.preset(preset).toYaml(Map.of())))
        .containsExactlyInAnyOrderElementsOf(explained(Files.readString(file)));
  }

  /** Keys with their sections and what is said of them. */
  private static List<String> explained(String yaml) {
    List<String> keys = new ArrayList<>();
    List<String> sections = new ArrayList<>();
    for (String line : yaml.lines().filter(line -> line.matches("\\s*[\\w-]+:.*")).toList()) {
      int depth = (line.length() - line.stripLeading().length()) / 2;
      String name = line.strip().replaceAll(":.*", "");
      sections = new ArrayList<>(sections.subList(0, depth));
      sections.add(name);
      if (line.matches("\\s*[\\w-]+: +[^ #].*")) {
        keys.add(String.join(".", sections) + " " + line.replaceAll(".* # ", "# "));
      }
    }
    return keys;
  }

  @Test
  void publishedSizesAreThoseOfThePaper() {
    Config large = Config.preset("150m");
    assertThat(large.settings().world().model().layers()).isEqualTo(12);
    assertThat(large.settings().world().model().qHeads()).isEqualTo(3);
    assertThat(large.settings().world().stage2().steps()).isEqualTo(1_500_000);
    assertThat(large.settings().world().stage2().learningRate()).isEqualTo(5e-5);
  }

  @Test
  void laterSettingsWinOverEarlierOnesAndOverThePreset() {
    Config config = Config.preset("tiny").with(List.of("world.stage1.steps=7", "seed=3", "seed=4"));
    assertThat(config.settings().world().stage1().steps()).isEqualTo(7);
    assertThat(config.settings().seed()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "world.stage1.step=3 | Unknown configuration key 'world.stage1.step' in --set; did you mean"
            + " world.stage1.steps?",
        "world.layers=many | Configuration key world.layers in --set must be a whole number from 1"
            + " to 200, found 'many'",
        "world.layers=0 | must be a whole number from 1 to 200, found '0'",
        "tokenizer.learning-rate=0 | Configuration key tokenizer.learning-rate in --set must be a number"
            + " above 0.0 and at most 1.0, found '0'",
        "world.discount=1.5 | Configuration key world.discount in --set must be a number from 0.0"
            + " to 1.0, found '1.5'",
        "world.td-loss=huber | must be one of c51, mse, found 'huber'",
        "world.use-task-embedding=yes | must be true or false, found 'yes'",
        "seed | Option --set takes key=value, found 'seed'",
        "world.width=130 | world.width must be a multiple of world.heads, found world.width=130,"
            + " world.heads=4",
      })
  void wrongSettingIsNamedWithWhatToDo(String setting, String message) {
    assertThatThrownBy(() -> Config.preset("tiny").with(List.of(setting)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }

  @Test
  void tokenizerOptionsThatDontGoTogetherAreNamed() {
    Config tiny = Config.preset("tiny");
    assertThatThrownBy(
            () ->
                tiny.with(List.of("tokenizer.loss.moving-pixels=50"))
                    .settings()
                    .tokenizer()
                    .trainable())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("set tokenizer.background to median");
    assertThatThrownBy(
            () ->
                tiny.with(
                        List.of(
                            "tokenizer.kind=patches",
                            "tokenizer.perceptual-weights=lpips.safetensors"))
                    .settings()
                    .tokenizer()
                    .trainable())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.kind is patches, which isn't trained with a loss");
  }

  @Test
  void unknownPresetSuggestsTheNearest() {
    assertThatThrownBy(() -> Config.preset("tinny"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("did you mean tiny?");
  }

  @Test
  void missingAndMisspeltKeysOfAFileAreNamed() {
    String whole = Config.preset("tiny").toYaml(Map.of());
    assertThatThrownBy(() -> Config.parse(whole.replaceAll("(?m)^  layers: .*\n", ""), "my.yaml"))
        .hasMessage(
            "Configuration key world.layers is missing in my.yaml: a preset names every key");
    assertThatThrownBy(() -> Config.parse(whole.replace("layers:", "layer:"), "my.yaml"))
        .hasMessageContaining("Unknown configuration key 'world.layer' in my.yaml");
    assertThatThrownBy(() -> Config.parse("a: [", "my.yaml"))
        .hasMessageStartingWith("my.yaml is not YAML: line 1");
    assertThatThrownBy(() -> Config.parse("seed: 1\n\tworld: 2", "my.yaml"))
        .hasMessageStartingWith("my.yaml is not YAML: line 2: found character '\\t(TAB)'");
    assertThatThrownBy(() -> Config.parse("seed: 1\nseed: 2", "my.yaml"))
        .hasMessage("my.yaml has seed twice, again on line 2: keep one");
  }

  /** As the first version that trained wrote it, before these keys were there. */
  private static String olderRun() {
    return Config.preset("tiny")
        .toYaml(Map.of("versions", Map.of("spark", "4.1.1")))
        .replaceAll("(?m)^(launch|gradients|data):\\n( .*\\n)+", "")
        .replaceAll("(?m)^ +precision: .*\\n", "");
  }

  @Test
  void runOfAnOlderVersionIsReadAsItWasTrainedAndSaysSo() {
    assertThat(olderRun()).doesNotContain("launch:", "gradients:", "precision:", "mapped-mib:");
    List<String> notes = new ArrayList<>();
    Config read = Config.parse(olderRun(), "run/config.yaml", notes::add);
    assertThat(notes)
        .singleElement()
        .asString()
        .startsWith("run/config.yaml is older than some keys, going on with ")
        .contains("world.precision=fp32", "gradients.bucket-mib=16", "data.cache.gib=64");
    // Presets say the same, so that it doesn't matter which of the two a run got.
    assertThat(read.toYaml(Map.of())).isEqualTo(Config.preset("tiny").toYaml(Map.of()));
    Config.parse(read.toYaml(Map.of()), "run/config.yaml", notes::add);
    assertThat(notes).hasSize(1);
  }

  @Test
  void runOfAnOlderVersionHasNoUnknownKeysAndNoOthersMissing() {
    assertThatThrownBy(() -> Config.parse(olderRun() + "lunch:\n  grace: 1\n", "run"))
        .hasMessageContaining("Unknown configuration key 'lunch.grace' in run");
    assertThatThrownBy(() -> Config.parse(olderRun().replaceAll("(?m)^  layers: .*\n", ""), "run"))
        .hasMessageContaining("world.layers is missing in run");
  }

  @Test
  void writtenConfigurationReadsBackEqualWithFactsAboutTheRunBesideIt() {
    Config config = Config.preset("40m").with(List.of("tokenizer.learning-rate=3e-7"));
    String yaml = config.toYaml(Map.of("versions", Map.of("spark", "4.1.1")));
    assertThat(yaml).contains("spark: 4.1.1");
    Config read = Config.parse(yaml, "config.yaml");
    assertThat(config.differences(read, "tokenizer")).isEmpty();
    assertThat(config.differences(read, "world")).isEmpty();
    assertThat(read.settings().tokenizer().learningRate()).isEqualTo(3e-7);
    assertThat(read.settings().tokenizer().perceptualWeights()).isEmpty();
  }

  @Test
  void differencesNameTheKeysOfOneSection() {
    Config tiny = Config.preset("tiny");
    Config other = tiny.with(List.of("world.layers=5", "checkpoint.every=7"));
    assertThat(tiny.differences(other, "world")).containsExactly("world.layers");
  }
}
