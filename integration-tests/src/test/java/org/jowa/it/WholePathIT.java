package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * From logs to a trained model on real play, with two ranks, and what happens when a run is killed.
 * Later tests use what earlier ones made.
 */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class WholePathIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> TOKENIZER =
      List.of(
          "train-tokenizer",
          "--preset=tiny",
          "--ranks=2",
          "--threads=1",
          "--set=tokenizer.channels=8",
          "--set=tokenizer.codebook-size=64",
          "--set=tokenizer.batch-size=8",
          "--set=tokenizer.steps=40",
          "--set=checkpoint.every=5",
          "--set=metrics.every=5",
          "--set=metrics.held-out-every=20");
  private static final List<String> WORLD =
      List.of(
          "pretrain",
          "--preset=tiny",
          "--ranks=2",
          "--threads=1",
          "--set=world.layers=2",
          "--set=world.width=32",
          "--set=world.q-width=32",
          "--set=world.batch-size=4",
          "--set=world.stage1.steps=20",
          "--set=world.stage2.steps=20",
          "--set=world.target-update-every=7",
          "--set=checkpoint.every=5",
          "--set=metrics.every=5",
          "--set=metrics.held-out-every=20");

  private static final List<String> FINETUNE =
      List.of(
          "finetune",
          "--init-from=run",
          "--games=SpaceInvaders",
          "--ranks=2",
          "--threads=1",
          "--set=world.batch-size=4",
          "--set=world.stage2.steps=40",
          "--set=world.target-update-every=7",
          "--set=world.imagination.batch-size=4",
          "--set=world.imagination.after=3",
          "--set=world.imagination.every=2",
          "--set=world.imagination.refresh-every=7",
          "--set=world.imagination.capacity=32",
          "--set=checkpoint.every=5",
          "--set=metrics.every=5",
          "--set=metrics.held-out-every=20");

  @TempDir private static Path folder;
  private Jowa jowa;

  @BeforeAll
  void start() {
    jowa = new Jowa(folder);
  }

  @Test
  @Order(1)
  void ingestTakesEveryWholeEpisodeOfTheSampleOnce() throws IOException {
    jowa.run("ingest", "--source", Jowa.SAMPLE.toString(), "--out", "all").ok();
    Jowa.Result inspected = jowa.run("inspect", "all", "--verify", "--json").ok();
    JsonNode found = JSON.readTree(inspected.out());
    assertThat(found.get("steps").asLong()).isEqualTo(54_493);
    assertThat(found.get("episodes").asLong()).isEqualTo(85);
    assertThat(found.get("verified").asBoolean()).isTrue();
    assertThat(found.get("games").findValuesAsText("game"))
        .containsExactly("Breakout", "Pong", "SpaceInvaders");
    assertThat(jowa.run("inspect", "all").ok().out()).contains("SpaceInvaders", "54,493");
  }

  @Test
  @Order(2)
  void alteredShardIsNamedByInspectAndRefusedInTraining() throws IOException {
    Path shard;
    try (Stream<Path> files = Files.walk(folder.resolve("all/frames"))) {
      shard =
          files
              .filter(file -> file.toString().contains("lane-0000"))
              .filter(Files::isRegularFile)
              .findFirst()
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length / 2] ^= 1;
    Files.write(shard, bytes);
    String name = shard.getFileName().toString();
    assertThat(jowa.run("inspect", "all", "--verify").failed(1)).contains(name);
    assertThat(jowa.run(with(TOKENIZER, "all", "refused")).failed(1)).contains(name);
  }

  @Test
  @Order(3)
  void secondIngestIntoTheSameFolderIsRefused() {
    assertThat(jowa.run("ingest", "--source", Jowa.SAMPLE.toString(), "--out", "all").failed(1))
        .contains("all", "--out");
  }

  @Test
  @Order(4)
  void killedTokenizerTrainingEndsInTheSameBits() throws Exception {
    jowa.run(
            "ingest",
            "--source=" + Jowa.SAMPLE,
            "--games=Breakout",
            "--steps-per-game=3000",
            "--lanes=4",
            "--out=data")
        .ok();
    jowa.run(with(TOKENIZER, "data", "run")).ok();
    killOnce(with(TOKENIZER, "data", "killed"), "killed/tokenizer/checkpoints/step-00000010");
    Jowa.Result resumed = jowa.run(with(TOKENIZER, "data", "killed")).ok();
    assertThat(resumed.err()).contains("Resuming from");
    assertSameFile("tokenizer/checkpoints/step-00000040/model.safetensors");
    assertSameFile("tokenizer/checkpoints/step-00000040/optimizer.safetensors");
  }

  @Test
  @Order(5)
  void killedPretrainingEndsInTheSameBits() throws Exception {
    assertThat(jowa.run(with(WORLD, "data", "run")).failed(1)).contains("tokenize");
    jowa.run("tokenize", "--data=data", "--run=run").ok();
    jowa.run(with(WORLD, "data", "run")).ok();
    killOnce(with(WORLD, "data", "killed"), "killed/model/checkpoints/step-00000025");
    Jowa.Result resumed = jowa.run(with(WORLD, "data", "killed")).ok();
    assertThat(resumed.err()).contains("Resuming from");
    assertSameFile("model/checkpoints/step-00000040/model.safetensors");
    assertSameFile("model/checkpoints/step-00000040/optimizer.safetensors");
    assertThat(steps("killed")).isEqualTo(steps("run"));
  }

  @Test
  @Order(6)
  void heldOutLossesFall() throws IOException {
    assertThat(heldOut("tokenizer", "total").get(2))
        .isLessThan(heldOut("tokenizer", "total").get(0));
    List<Double> stage1 = heldOut("stage1", "total");
    assertThat(stage1.get(stage1.size() - 1)).isLessThan(stage1.get(0));
  }

  @Test
  @Order(7)
  void finishedRunHasNothingToDoAndMoreStepsGoOn() {
    String[] same = with(WORLD, "data", "run");
    assertThat(jowa.run(same).ok().err()).contains("Already finished");
    List<String> more = new ArrayList<>(List.of(same));
    more.add("--set=world.stage2.steps=22");
    jowa.run(more.toArray(String[]::new)).ok();
    assertThat(folder.resolve("run/model/checkpoints/step-00000042")).isDirectory();
  }

  @Test
  @Order(8)
  void runOfAnotherConfigurationIsRefused() {
    List<String> other = new ArrayList<>(List.of(with(WORLD, "data", "run")));
    other.add("--set=world.discount=0.9");
    assertThat(jowa.run(other.toArray(String[]::new)).failed(2))
        .contains("world.discount", "0.99", "0.9");
  }

  @Test
  @Order(9)
  void damagedCheckpointIsSkippedForAnOlderWholeOne() throws IOException {
    Path newest = folder.resolve("killed/model/checkpoints/step-00000040/model.safetensors");
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length / 2] ^= 1;
    Files.write(newest, bytes);
    Jowa.Result resumed = jowa.run(with(WORLD, "data", "killed")).ok();
    assertThat(resumed.err()).contains("step-00000040");
    assertSameFile("model/checkpoints/step-00000035/model.safetensors");
  }

  @Test
  @Order(10)
  void killedFineTuningWithImaginedSequencesEndsInTheSameBits() throws Exception {
    jowa.run(
            "ingest",
            "--source=" + Jowa.SAMPLE,
            "--games=SpaceInvaders",
            "--steps-per-game=4000",
            "--lanes=2",
            "--out=invaders")
        .ok();
    Jowa.Result tuned = jowa.run(with(FINETUNE, "invaders", "tuned")).ok();
    assertThat(tuned.err()).contains("no tokens of tokenizer", "Starting from the weights of");
    killOnce(with(FINETUNE, "invaders", "cut"), "cut/model/checkpoints/step-00000010");
    assertThat(jowa.run(with(FINETUNE, "invaders", "cut")).ok().err()).contains("Resuming from");
    for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
      String last = "model/checkpoints/step-00000040/" + file;
      assertThat(folder.resolve("cut").resolve(last))
          .hasSameBinaryContentAs(folder.resolve("tuned").resolve(last));
    }
    jowa.run("export-weights", "--run=tuned", "--out=exported").ok();
    assertThat(Files.readString(folder.resolve("exported/README.md"))).contains("SpaceInvaders");
  }

  @Test
  @Order(11)
  void ranksThatCannotRunTogetherAreRefusedAtOnce() {
    List<String> line = new ArrayList<>(List.of(with(TOKENIZER, "data", "slots")));
    line.addAll(List.of("--master", "local[1]"));
    assertThat(jowa.run(line.toArray(String[]::new)).failed(2)).contains("2 ranks", "local[2]");
    line = new ArrayList<>(List.of(with(TOKENIZER, "data", "slots")));
    line.addAll(List.of("--conf", "spark.dynamicAllocation.enabled=true"));
    assertThat(jowa.run(line.toArray(String[]::new)).failed(2)).contains("dynamicAllocation");
  }

  @Test
  @Order(12)
  void worldSizeThatDoesNotDivideTheLanesIsRefused() {
    List<String> line = new ArrayList<>(List.of(with(TOKENIZER, "data", "lanes")));
    line.addAll(List.of("--ranks=3", "--set=tokenizer.batch-size=6"));
    line.remove("--ranks=2");
    Jowa.Result result = jowa.run(line.toArray(String[]::new));
    assertThat(result.status()).isIn(1, 2);
    assertThat(result.failed(result.status())).contains("3", "4 lanes");
  }

  @Test
  @Order(13)
  void missingDataSetIsToldInOneLine() {
    assertThat(jowa.run(with(TOKENIZER, "nowhere", "r")).failed(1)).contains("nowhere", "ingest");
    assertThat(jowa.run("inspect", "nowhere").failed(1)).contains("nowhere");
    assertThat(jowa.run("ingest", "--source=nowhere", "--out=x").failed(1)).contains("nowhere");
  }

  @Test
  @Order(14)
  void scoresDoNotDependOnHowEpisodesAreSpread() throws IOException {
    Roms.assume("Pong", "Breakout");
    Jowa.Result one = jowa.run(evaluate("one", "local[1]")).ok();
    jowa.run(evaluate("two", "local[2]")).ok();
    assertThat(one.out()).contains("Pong", "Breakout");
    JsonNode summary = summary("one");
    assertThat(summary("two").get("games")).isEqualTo(summary.get("games"));
    assertThat(summary.get("planner").asText()).isEqualTo("beam");
    assertThat(summary.get("model").get("checkpoint").asText()).contains("step-00000042");
    assertThat(summary.get("games")).hasSize(2);
    for (JsonNode game : summary.get("games")) {
      assertThat(game.get("romMd5").asText()).hasSize(32);
      assertThat(game.get("episodes")).hasSize(5);
      assertThat(game.get("randomEpisodes")).hasSize(5);
      // Twelve steps end no game.
      assertThat(game.get("episodes").findValuesAsText("truncated")).containsOnly("true");
      assertThat(game.get("episodes").findValuesAsText("steps")).containsOnly("12");
    }
    Path evaluation = folder.resolve("run/evaluation/one");
    assertThat(Files.readAllBytes(evaluation.resolve("episodes.parquet")))
        .startsWith('P', 'A', 'R');
    assertThat(Files.readAllBytes(evaluation.resolve("clips/Pong-typical.gif")))
        .startsWith('G', 'I', 'F');
  }

  /** As after a kill: results are missing, one is cut short, and there is no summary. */
  @Test
  @Order(15)
  void anEvaluationThatWasCutShortGoesOnToTheSameScores() throws IOException {
    Roms.assume("Pong", "Breakout");
    JsonNode whole = summary("one").get("games");
    Path evaluation = folder.resolve("run/evaluation/one");
    Files.delete(evaluation.resolve("summary.json"));
    Files.delete(evaluation.resolve("results/Pong-agent-00002.json"));
    Path cut = evaluation.resolve("results/Breakout-agent-00004.json");
    Files.writeString(cut, Files.readString(cut).substring(0, 20));
    jowa.run(evaluate("one", "local[1]")).ok();
    assertThat(summary("one").get("games")).isEqualTo(whole);
    List<String> other = new ArrayList<>(List.of(evaluate("one", "local[1]")));
    other.add("--seed=3");
    assertThat(jowa.run(other.toArray(String[]::new)).failed(2)).contains("seed is 0 there, now 3");
  }

  /** Of two widths the better is chosen for the game, and not evaluated on the same seed. */
  @Test
  @Order(16)
  void tuningChoosesSettingsThatAnEvaluationTakes() throws IOException {
    Roms.assume("Breakout");
    String[] tune = {
      "tune",
      "--run=run",
      "--games=Breakout",
      "--horizon=1",
      "--try=beam-width=1,2",
      "--episodes=2",
      "--max-steps=6",
      "--master=local[1]"
    };
    assertThat(jowa.run(tune).ok().out()).contains("chosen", "beam-width=1", "beam-width=2");
    JsonNode scores = JSON.readTree(folder.resolve("run/tuning/tuning/tuning.json").toFile());
    assertThat(scores.at("/games/Breakout")).hasSize(2);
    List<String> line =
        new ArrayList<>(
            List.of(
                "evaluate",
                "--run=run",
                "--games=Breakout",
                "--horizon=1",
                "--settings=" + folder.resolve("run/tuning/tuning/settings.yaml"),
                "--episodes=2",
                "--max-steps=6",
                "--name=tuned",
                "--master=local[1]"));
    jowa.run(line.toArray(String[]::new)).ok();
    assertThat(summary("tuned").at("/plannerSettings/tuned-on-seed").asText()).isEqualTo("1000");
    line.add("--seed=1000");
    assertThat(jowa.run(line.toArray(String[]::new)).failed(2)).contains("another --seed");
  }

  @Test
  @Order(17)
  void anEpisodeIsPlayedIntoAClip() throws IOException {
    Roms.assume("Breakout");
    Jowa.Result played =
        jowa.run("play", "--run=run", "--game=Breakout", "--max-steps=5", "--clip=play.gif").ok();
    assertThat(played.out()).contains("play.gif", "5 steps, cut");
    ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
    try (ImageInputStream in =
        ImageIO.createImageInputStream(folder.resolve("play.gif").toFile())) {
      reader.setInput(in);
      assertThat(reader.getNumImages(true)).isEqualTo(5);
      // Beside the screen of 160 stand two frames of 84, everything twice as large.
      assertThat(reader.getWidth(0)).isGreaterThan(2 * (160 + 2 * 84));
    }
  }

  @Test
  @Order(18)
  void reportNamesTheScores() throws IOException {
    Roms.assume("Pong", "Breakout");
    jowa.run("report", "run").ok();
    assertThat(Files.readString(folder.resolve("run/report.html")))
        .contains("<html", "Pong", "Breakout", "data:image/gif");
    assertThat(JSON.readTree(folder.resolve("run/report.json").toFile()).isObject()).isTrue();
    assertThat(Files.readString(folder.resolve("run/report.md"))).contains("Pong");
    assertThat(jowa.run("report", "nowhere").failed(1)).contains("nowhere");
  }

  @Test
  @Order(19)
  void recordedPlayIsALogThatIngestReads() throws IOException {
    Roms.assume("Pong", "Breakout");
    // A random player loses a game of Breakout in about 200 steps.
    String[] record = {
      "record", "--game=Breakout", "--policy=random", "--steps=1000", "--out=logs", "--seed=1"
    };
    jowa.run(record).ok();
    assertThat(jowa.run(record).failed(1)).contains("logs/Breakout/1", "--out");
    jowa.run("ingest", "--source=logs", "--out=recorded").ok();
    Jowa.Result inspected = jowa.run("inspect", "recorded", "--verify", "--json").ok();
    assertThat(JSON.readTree(inspected.out()).get("steps").asLong()).isBetween(100L, 1000L);
  }

  private static String[] evaluate(String name, String master) {
    return new String[] {
      "evaluate",
      "--run=run",
      "--games=Pong,Breakout",
      "--planner=beam",
      "--episodes=5",
      "--max-steps=12",
      "--name=" + name,
      "--master=" + master
    };
  }

  private JsonNode summary(String name) throws IOException {
    return JSON.readTree(
        folder.resolve("run/evaluation").resolve(name).resolve("summary.json").toFile());
  }

  private static String[] with(List<String> command, String data, String run) {
    List<String> line = new ArrayList<>(command);
    line.add("--data=" + data);
    line.add("--run=" + run);
    return line.toArray(String[]::new);
  }

  /** Kills a training with -9 as soon as a checkpoint is there. */
  private void killOnce(String[] line, String checkpoint) throws Exception {
    Jowa.Running running = jowa.start(line);
    Path mark = folder.resolve(checkpoint).resolve("state.json");
    while (running.process().isAlive() && !Files.exists(mark)) {
      Thread.sleep(5);
    }
    assertThat(running.process().isAlive())
        .as("still training when killed; %s", Files.readString(running.err()))
        .isTrue();
    running.kill();
  }

  private void assertSameFile(String file) {
    assertThat(folder.resolve("killed").resolve(file))
        .hasSameBinaryContentAs(folder.resolve("run").resolve(file));
  }

  /** Stage and step of every line of metrics. */
  private List<String> steps(String run) throws IOException {
    List<String> steps = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(run).resolve("metrics.jsonl"))) {
      JsonNode metrics = JSON.readTree(line);
      steps.add(metrics.get("stage").asText() + " " + metrics.get("step").asLong());
    }
    steps.sort(Comparator.naturalOrder());
    return steps;
  }

  private List<Double> heldOut(String stage, String loss) throws IOException {
    List<Double> losses = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("run/metrics.jsonl"))) {
      JsonNode metrics = JSON.readTree(line);
      if (metrics.get("stage").asText().equals(stage) && metrics.has("heldOut")) {
        losses.add(metrics.get("heldOut").get(loss).asDouble());
      }
    }
    return losses;
  }
}
