package org.jowa.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.env.Protocol;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.sweep.SweepRun;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.train.Trained;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SweepPlanTest {
  @TempDir private Path folder;

  @Test
  void everyVariantIsTrainedWithEverySeedTheFirstSeedFirst() throws IOException {
    List<SweepRun> runs =
        runs(
            """
            preset: tiny
            seeds: [3, 5]
            set: {world.stage1.steps: 7}
            variants:
              all:
              greedy: {of: all, evaluate: {planner: none}}
              mse: {data: other, set: {world: {td-loss: mse}}, evaluate: {beam-width: 4}}
              codes: {set: {tokenizer.codebook-size: 64}}
            evaluate: {games: [Pong, Breakout], protocol: machado, beam-width: 3, max-steps: 50}
            """);
    assertThat(runs)
        .extracting(SweepRun::folder)
        .containsExactly(
            "out/all-seed-3",
            "out/mse-seed-3",
            "out/codes-seed-3",
            "out/all-seed-5",
            "out/mse-seed-5",
            "out/codes-seed-5");
    SweepRun all = runs.get(0);
    SweepRun mse = runs.get(4);
    assertThat(all.config().settings().seed()).isEqualTo(3);
    assertThat(mse.config().settings().seed()).isEqualTo(5);
    assertThat(all.config().settings().world().stage1().steps()).isEqualTo(7);
    assertThat(mse.config().differences(all.config(), "world")).containsExactly("world.td-loss");
    assertThat(all.data()).isEqualTo("data");
    assertThat(mse.data()).isEqualTo("other");
    assertThat(runs).extracting(SweepRun::ownTokenizer).containsSequence(false, false, true);

    assertThat(all.evaluations()).containsOnlyKeys("all", "greedy");
    EvaluationPlan plan = all.evaluations().get("all");
    assertThat(plan.name()).isEqualTo("all");
    assertThat(plan.run()).isEqualTo("out/all-seed-3");
    assertThat(plan.games()).containsExactly("Pong", "Breakout");
    assertThat(plan.protocol()).isEqualTo(Protocol.MACHADO);
    assertThat(plan.maxSteps()).isEqualTo(50);
    assertThat(plan.episodes()).isEqualTo(16);
    assertThat(plan.player().planner().beam().width()).isEqualTo(3);
    assertThat(all.evaluations().get("greedy").player().planner().planner())
        .isEqualTo(PlannerSettings.Kind.NONE);
    assertThat(mse.evaluations()).containsOnlyKeys("mse");
    assertThat(mse.evaluations().get("mse").player().planner().beam().width()).isEqualTo(4);
  }

  @Test
  void runsOfWeightsHaveTheirSizesWhateverThePresetHas() throws IOException {
    Config preset = Config.preset("tiny");
    Config sizes = preset.with(List.of("world.layers=1", "tokenizer.codebook-size=32"));
    String source = folder.resolve("source").toString();
    RunFolder.at(source, new Configuration()).record(sizes, Trained.WORLD, Map.of());
    String rest = "preset: finetune, seeds: [4], evaluate: {games: Pong}";
    List<SweepRun> runs =
        runs(
            "{set: {world.stage2.steps: 7}, variants: {scratch: , tuned: {init-from: %s}}, %s}"
                .formatted(source, rest));
    SweepRun scratch = runs.get(0);
    SweepRun tuned = runs.get(1);
    assertThat(scratch.initFrom()).isEmpty();
    assertThat(scratch.config().settings().world().model().layers()).isEqualTo(12);
    assertThat(tuned.initFrom()).contains(source);
    assertThat(tuned.config().settings().world().model().layers()).isEqualTo(1);
    assertThat(tuned.config().settings().tokenizer().model().codebookSize()).isEqualTo(32);
    assertThat(tuned.config().settings().world().stage2().steps()).isEqualTo(7);
    assertThat(tuned.config().settings().seed()).isEqualTo(4);
    assertThat(runs).extracting(SweepRun::ownTokenizer).containsOnly(false);

    assertThat(
            runs("{init-from: %s, grid: {world.batch-size: [2, 4]}, %s}".formatted(source, rest)))
        .extracting(SweepRun::initFrom)
        .containsExactly(Optional.of(source), Optional.of(source));
    assertThatThrownBy(
            () -> runs("{init-from: %s, grid: {world.layers: [1, 2]}, %s}".formatted(source, rest)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("variant layers-2: world.layers is 2, but the weights of " + source);
  }

  @Test
  void aGridIsAllCombinations() throws IOException {
    List<SweepRun> runs =
        runs(
            """
            preset: tiny
            seeds: [0]
            grid:
              world.layers: [1, 2]
              world.td-loss: [c51, mse]
            evaluate: {games: Pong}
            """);
    assertThat(runs)
        .extracting(SweepRun::folder)
        .containsExactly(
            "out/layers-1_td-loss-c51-seed-0",
            "out/layers-1_td-loss-mse-seed-0",
            "out/layers-2_td-loss-c51-seed-0",
            "out/layers-2_td-loss-mse-seed-0");
    assertThat(runs.get(3).config().settings().world().model().layers()).isEqualTo(2);
    assertThat(runs.get(3).config().show("world.td-loss")).isEqualTo("mse");
  }

  /** Each line stands in for a part of a file that is right otherwise. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "variants: {a: , a: } | FILE has a twice, again on line 1: keep one",
        "variants: {a: , b: } | has the variants a and b, which are the same",
        "variants: {a: , b: {of: a}} | has the variants a and b, which are the same",
        "variants: {a: {set: {world.pennalty: none}}} | 'world.pennalty' in FILE, variant a; did"
            + " you mean world.penalty?",
        "variants: {a: {set: {world.layers: x}}} | world.layers in FILE, variant a must be a whole",
        "variants: {a: {sett: {world.layers: 1}}} | variant a has sett; did you mean set?",
        "variants: {a: {set: {seed: 1}}} | variant a has a seed: those of training are the file's",
        "variants: {a: {evaluate: {planer: none}}} | evaluate: no planner setting is named planer",
        "variants: {a: {evaluate: {games: Pong}}} | no planner setting is named games",
        "variants: {b: {of: a}} | variant b is of a, which is no variant with runs of its own",
        "variants: {a: , b: {of: a, set: {world.layers: 1}}} | variant b plays with the runs of a",
        "variants: {a: {init-from: [runs/a]}} | variant a has init-from [\"runs/a\"]: it takes one",
        "variants: {a: , b: {data: {c: d}}} | variant b has data {\"c\":\"d\"}: it takes one name",
        "variants: {a: {init-from: nowhere}} | variant a: Option --init-from names nowhere, which"
            + " is no run",
        "variants: {a: , b: {of: a, init-from: a}} | variant b plays with the runs of a",
        "variants: {../a: } | Name of a variant in FILE must be a folder's name",
        "variants: [a, b] | variants has nothing in it, or no names",
        "grid: {world.layers: 1} | write world.layers: [1, 2] for instance",
        "grid: {world.layers: [1, 1]} | grid makes two variants named layers-1",
        "grid: {seed: [1, 2]} | has a seed",
        "{grid: {world.layers: [1]}, variants: {a: }} | has variants and grid",
        "set: {world.layers: 1} | has neither",
        "{variants: {a: }, seeds: [0, 0]} | different whole numbers from 0",
        "{variants: {a: }, seeds: []} | has no seeds",
        "{variants: {a: }, seeds: 3} | has seeds 3: write seeds: [0, 1, 2]",
        "{variants: {a: }, preset: smal} | Unknown preset 'smal'",
        "{variants: {a: }, evaluate: {games: Pang}} | Unknown game 'Pang'",
        "{variants: {a: }, evaluate: {planner: none}} | has no games",
        "{variants: {a: }, evaluate: {games: Pong, episodes: 0}} | has episodes 0",
        "{variants: {a: }, evaluate: {games: Pong, horizon: x}} | horizon must be a number, found x",
        "{variants: {a: }, games: Pong} | has games: there are evaluate, grid",
        "{variants: {a: }, evaluate: {games: Pong, support: 2}} | support 2: it must be from 0 to 1",
        "variants: {a: {evaluate: {support: 0.3}}} | world.behaviour.steps=0 doesn't know",
        "variants: {a: ] | line 1",
      })
  void aWrongFileIsToldInOneLine(String part, String expected) {
    assertThatThrownBy(() -> runs(whole(part)))
        .isInstanceOf(UsageException.class)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1))
        .hasMessageContaining(expected.replace("FILE", file().toString()));
  }

  @Test
  void everyVariantNeedsData() throws IOException {
    Files.writeString(file(), whole("variants: {a: {data: own}, b: }"));
    assertThatThrownBy(
            () -> new SweepPlan(SweepFile.read(file()), "FILE", "out", Optional.empty()).runs())
        .isInstanceOf(UsageException.class)
        .hasMessage("FILE, variant b has no data: give it with --data");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ablations", "sizes", "data"})
  void theSweepsThatComeWithItAreRight(String name) {
    Path shipped = Path.of(System.getProperty("jowa.project"), "conf/sweeps", name + ".yaml");
    List<SweepRun> runs =
        new SweepPlan(SweepFile.read(shipped), name, "out", Optional.of("data")).runs();
    assertThat(runs).hasSizeGreaterThan(3);
    runs.forEach(run -> PretrainCommand.check(run.config(), 1, 1));
  }

  @Test
  void theSweepOfWeightsThatComesWithItIsRight() throws IOException {
    Path shipped = Path.of(System.getProperty("jowa.project"), "conf/sweeps/transfer.yaml");
    Config sizes =
        Config.preset("tiny")
            .with(
                List.of(
                    "tokenizer.kind=patches",
                    "tokenizer.codebook-size=1024",
                    "world.layers=2",
                    "world.heads=2",
                    "world.width=64",
                    "world.q-width=64",
                    "world.blocks=4",
                    "world.behaviour.steps=1",
                    "world.neighbourhood.steps=1",
                    "world.neighbourhood.width=48",
                    "world.value-min=-3",
                    "world.value-max=3"));
    String source = folder.resolve("source").toString();
    RunFolder.at(source, new Configuration()).record(sizes, Trained.WORLD, Map.of());
    List<SweepRun> runs = runs(Files.readString(shipped).replace("runs/pong", source));
    assertThat(runs).hasSize(12);
    runs.forEach(run -> PretrainCommand.check(run.config(), 1, 1));
    // But for where they begin they are the same training.
    assertThat(runs.get(1).initFrom()).contains(source);
    assertThat(runs.get(1).config().values()).isEqualTo(runs.get(0).config().values());
  }

  @Test
  void everyVariantHasTheSupportOfAllOrItsOwn() throws IOException {
    List<SweepRun> runs =
        runs(
            """
            preset: tiny
            seeds: [0]
            set: {world.behaviour.steps: 5}
            variants:
              likely:
              likeliest: {of: likely, evaluate: {support: 1}}
              any: {of: likely, evaluate: {support: 0.0, planner: none}}
            evaluate: {games: Pong, support: 0.3}
            """);
    Map<String, EvaluationPlan> evaluations = runs.get(0).evaluations();
    assertThat(evaluations.get("likely").support()).isEqualTo(0.3);
    assertThat(evaluations.get("likeliest").support()).isEqualTo(1);
    assertThat(evaluations.get("any").support()).isZero();
  }

  private Path file() {
    return folder.resolve("sweep.yaml");
  }

  private List<SweepRun> runs(String text) throws IOException {
    Files.writeString(file(), text);
    return new SweepPlan(SweepFile.read(file()), file().toString(), "out", Optional.of("data"))
        .runs();
  }

  private static String whole(String part) {
    String sections = part.startsWith("{") ? part.substring(1, part.length() - 1) : part;
    StringBuilder file = new StringBuilder("{" + sections);
    if (!part.contains("preset:")) {
      file.append(", preset: tiny");
    }
    if (!part.contains("seeds:")) {
      file.append(", seeds: [0]");
    }
    if (!part.contains(", evaluate:")) {
      file.append(", evaluate: {games: [Pong]}");
    }
    return file.append("}").toString();
  }
}
