package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is answered before anything is submitted. */
class CommandLineIT {
  @TempDir private Path folder;

  private Jowa.Result jowa(String line) {
    return new Jowa(folder).run(line.split(" "));
  }

  @Test
  void helpGoesToStandardOutput() {
    Jowa.Result help = jowa("--help").ok();
    assertThat(help.out()).contains("train-tokenizer", "evaluate", "quickstart", "spark-submit");
    assertThat(jowa("pretrain --help").ok().out()).contains("--init-from", "--set");
  }

  @Test
  void dryRunPrintsTheSparkSubmitLineAndDoesNothingElse() {
    Jowa.Result dry =
        jowa("--conf spark.a=b pretrain --data d --run r --preset tiny --ranks 2 --threads 1"
                + " --dry-run --queue q")
            .ok();
    assertThat(dry.out())
        .contains("spark-submit", "--class org.jowa.jobs.Main", "--master 'local[2]'")
        .contains("--conf spark.a=b", "--queue q")
        .endsWith(".jar pretrain --data d --run r --preset tiny --ranks 2 --threads 1\n");
    assertThat(folder.resolve("r")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pretain | unknown command 'pretain'; did you mean pretrain?",
        "ingest --sauce x --out y | unknown option '--sauce'; did you mean --source?",
        "ingest --source x | Missing required option: '--out=DATASET'",
        "record --game Pongg --steps 1 --out x | Pong",
        "record --game Pong --policy scriptd --steps 1 --out x | scripted",
        "record --game Pong --steps 0 --out x | Option --steps must be at least 1, found 0",
        "train-tokenizer --data d --run r | --preset",
        "train-tokenizer --data d --run r --preset tinny | did you mean tiny?",
        "pretrain --data d --run r --preset tiny --set world.layer=2 | did you mean world.layers?",
        "pretrain --data d --run r --preset tiny --set world.layers=0 | from 1 to 200, found '0'",
        "pretrain --data d --run r --preset tiny --set seed=x | whole number",
        "pretrain --data d --run r --preset tiny --ranks 3 | 3 ranks don't divide world.batch-size",
        "train-tokenizer --data d --run r --preset tiny --set"
            + " tokenizer.perceptual-weights=no.safetensors | no.safetensors",
        "evaluate --run r --games Pong --planner mcts --simulations 0 | --simulations must be at"
            + " least 1",
        "evaluate --run r --games Pong --planner mcts --mcts-mode fixed | reference or repaired",
        "evaluate --run r --games Pong --planner mcts --temperature 0 | temperature is 0",
        "evaluate --run r --games Pong --ends kept | --ends must be ignored or respected",
        "evaluate --run r --games Pong --planner beem | beam",
        "evaluate --run r --games Pong --settings none.yaml | none.yaml",
        "tune --run r --games Pong --try beem=1,2 | no planner setting is named beem",
        "tune --run r --games Pong --try beam-width | beam-width=1,2,4",
        "play --run r --game Pong --clip p.mp4 | .gif",
        "play --run r --games Pong,Breakout --clip p.gif | one game",
        "play --run r --game Pong --planner mcts --clip p.gif | beam search",
        "report a b | --out",
        "evaluate --run r --games Pong --protocol jova | jowa",
        "bench trainstep | train-step",
        "finetune --data d --run r --init-from no | --init-from names no, which is no run",
        "finetune --data d --run r --init-from r | a run of its own",
        "pretrain --data d --run r --preset tiny --set world.stage2.steps=0 --set"
            + " world.imagination.batch-size=4 | imagined sequences train the Q heads",
        "pretrain --data d --run r --preset tiny --ranks 2 --set world.imagination.batch-size=3 |"
            + " 2 ranks don't divide world.imagination.batch-size",
        "import-weights none.pt --out b | No file none.pt",
        "export-weights --out b | Missing required option",
        "export-weights --run r --out b --lpips x | Option --lpips needs --pt",
        "tokenize --data d --run r --master mesos://m | --master mesos://m is none of Spark's",
        "tokenize --data d --run r --master local[ | --master local[ is none of Spark's",
        "tokenize --data d --run r --master yarn | needs HADOOP_CONF_DIR",
        "--master | Option --master of spark-submit needs a value",
        "pretrain --class X --data d --run r --preset tiny | --class",
      })
  void wrongCommandLineOrConfigurationIsRefusedBeforeSubmitting(String line, String message) {
    assertThat(jowa(line).failed(2)).contains(message);
  }

  @Test
  void verboseShowsTheStackTraceOfOurs() {
    Jowa.Result result = jowa("pretain --verbose");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("jowa: unknown command", "\tat org.jowa.jobs.cli");
  }
}
