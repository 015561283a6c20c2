package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From logs to a trained model and its scores on real play, with two ranks, and what happens when a
 * run is killed.
 */
class WholePathIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static WholePath path;
  private static Jowa jowa;

  @BeforeAll
  static void goThePath() throws Exception {
    path = WholePath.in(folder);
    jowa = path.jowa();
  }

  @Test
  void ingestTakesEveryWholeEpisodeOfTheSampleOnce() throws IOException {
    JsonNode found = JSON.readTree(jowa.run("inspect", "all", "--verify", "--json").ok().out());
    assertThat(found.get("steps").asLong()).isEqualTo(54_493);
    assertThat(found.get("episodes").asLong()).isEqualTo(85);
    assertThat(found.get("verified").asBoolean()).isTrue();
    assertThat(found.get("games").findValuesAsText("game"))
        .containsExactly("Breakout", "Pong", "SpaceInvaders");
    assertThat(jowa.run("inspect", "all").ok().out()).contains("SpaceInvaders", "54,493");
  }

  @Test
  void alteredShardIsNamedByInspectAndRefusedInTraining() throws IOException {
    Path shard;
    try (Stream<Path> files = Files.walk(path.copy("data", "altered").resolve("frames"))) {
      shard =
          files
              .filter(file -> file.toString().contains("lane-0000"))
              .filter(Files::isRegularFile)
              .findFirst()
              .orElseThrow();
    }
    WholePath.damage(shard);
    String name = shard.getFileName().toString();
    assertThat(jowa.run("inspect", "altered", "--verify").failed(1)).contains(name);
    assertThat(jowa.run(WholePath.tokenizer("altered", "refused")).failed(1)).contains(name);
  }

  @Test
  void secondIngestIntoTheSameFolderIsRefused() {
    assertThat(jowa.run("ingest", "--source", Jowa.SAMPLE.toString(), "--out", "all").failed(1))
        .contains("all", "--out");
  }

  @Test
  void killedTrainingsEndInTheSameBits() throws IOException {
    assertThat(path.resumed()).allSatisfy(one -> assertThat(one.err()).contains("Resuming from"));
    for (String part : List.of("tokenizer", "model")) {
      String last = part + "/checkpoints/step-00000040/";
      path.assertSame(last + "model.safetensors", "run", "killed");
      path.assertSame(last + "optimizer.safetensors", "run", "killed");
    }
    assertThat(path.steps("killed")).isEqualTo(path.steps("run"));
  }

  @Test
  void pretrainingWithoutTokensNamesTheCommandThatMakesThem() {
    assertThat(path.withoutTokens().failed(1)).contains("tokenize");
  }

  @Test
  void heldOutLossesFall() throws IOException {
    for (String stage : List.of("tokenizer", "stage1")) {
      List<Double> losses = path.heldOut("run", stage);
      assertThat(losses.get(losses.size() - 1)).as(stage).isLessThan(losses.get(0));
    }
  }

  @Test
  void finishedRunHasNothingToDoAndMoreStepsGoOn() throws IOException {
    path.copy("run", "longer");
    assertThat(jowa.run(WholePath.world("data", "longer")).ok().err()).contains("Already finished");
    List<String> more = new ArrayList<>(WholePath.world("data", "longer"));
    more.replaceAll(word -> word.replace("stage2.steps=20", "stage2.steps=22"));
    jowa.run(more).ok();
    assertThat(path.at("longer/model/checkpoints/step-00000042")).isDirectory();
  }

  @Test
  void runOfAnotherConfigurationIsRefused() {
    assertThat(jowa.run(WholePath.world("data", "run", "--set=world.discount=0.9")).failed(2))
        .contains("world.discount", "0.99", "0.9");
  }

  @Test
  void damagedCheckpointIsSkippedForAnOlderWholeOne() throws IOException {
    Path checkpoints = path.copy("killed", "damaged").resolve("model/checkpoints");
    WholePath.damage(checkpoints.resolve("step-00000040/model.safetensors"));
    assertThat(jowa.run(WholePath.world("data", "damaged")).ok().err()).contains("step-00000040");
    path.assertSame("model/checkpoints/step-00000035/model.safetensors", "run", "damaged");
  }

  @Test
  void killedFineTuningWithImaginedSequencesEndsInTheSameBits() throws Exception {
    jowa.run(SmallTraining.ingest("SpaceInvaders", 4000, 2, "invaders")).ok();
    Jowa.Result tuned = jowa.run(finetune("tuned")).ok();
    assertThat(tuned.err()).contains("no tokens of tokenizer", "Starting from the weights of");
    path.killAndResume(finetune("cut"), "cut/model/checkpoints/step-00000010");
    for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
      path.assertSame("model/checkpoints/step-00000040/" + file, "tuned", "cut");
    }
    jowa.run("export-weights", "--run=tuned", "--out=exported").ok();
    assertThat(Files.readString(path.at("exported/README.md"))).contains("SpaceInvaders");
  }

  private static List<String> finetune(String run) {
    return List.of(
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
        "--set=metrics.held-out-every=20",
        "--data=invaders",
        "--run=" + run);
  }

  @Test
  void ranksThatCannotRunTogetherAreRefusedAtOnce() {
    List<String> line = WholePath.tokenizer("data", "slots");
    assertThat(jowa.run(SmallTraining.with(line, "--master=local[1]")).failed(2))
        .contains("2 ranks", "local[2]");
    String dynamic = "--conf=spark.dynamicAllocation.enabled=true";
    assertThat(jowa.run(SmallTraining.with(line, dynamic)).failed(2)).contains("dynamicAllocation");
  }

  @Test
  void worldSizeThatDoesNotDivideTheLanesIsRefused() {
    List<String> line = new ArrayList<>(WholePath.tokenizer("data", "lanes"));
    line.replaceAll(
        word -> word.replace("batch-size=8", "batch-size=6").replace("ranks=2", "ranks=3"));
    Jowa.Result result = jowa.run(line);
    assertThat(result.status()).isIn(1, 2);
    assertThat(result.failed(result.status())).contains("3", "4 lanes");
  }

  @Test
  void missingDataSetIsToldInOneLine() {
    assertThat(jowa.run(WholePath.tokenizer("nowhere", "r")).failed(1))
        .contains("nowhere", "ingest");
    assertThat(jowa.run("inspect", "nowhere").failed(1)).contains("nowhere");
    assertThat(jowa.run("ingest", "--source=nowhere", "--out=x").failed(1)).contains("nowhere");
  }

  @Test
  void scoresDoNotDependOnHowEpisodesAreSpread() throws IOException {
    Roms.assume("Pong", "Breakout");
    assertThat(jowa.run(WholePath.evaluate("run", "two", "local[2]")).ok().out())
        .contains("Pong", "Breakout");
    JsonNode summary = path.summary("run", "one");
    assertThat(path.summary("run", "two").get("games")).isEqualTo(summary.get("games"));
    assertThat(summary.get("planner").asText()).isEqualTo("beam");
    assertThat(summary.get("model").get("checkpoint").asText()).contains("step-00000040");
    assertThat(summary.get("games")).hasSize(2);
    for (JsonNode game : summary.get("games")) {
      assertThat(game.get("romMd5").asText()).hasSize(32);
      assertThat(game.get("episodes")).hasSize(5);
      assertThat(game.get("randomEpisodes")).hasSize(5);
      // Twelve steps end no game.
      assertThat(game.get("episodes").findValuesAsText("truncated")).containsOnly("true");
      assertThat(game.get("episodes").findValuesAsText("steps")).containsOnly("12");
    }
    Path evaluation = path.at("run/evaluation/one");
    assertThat(Files.readAllBytes(evaluation.resolve("episodes.parquet")))
        .startsWith('P', 'A', 'R');
    assertThat(Files.readAllBytes(evaluation.resolve("clips/Pong-typical.gif")))
        .startsWith('G', 'I', 'F');
  }

  /** As after a kill: results are missing, one is cut short, and there is no summary. */
  @Test
  void anEvaluationThatWasCutShortGoesOnToTheSameScores() throws IOException {
    Roms.assume("Pong", "Breakout");
    Path evaluation = path.copy("run", "interrupted").resolve("evaluation/one");
    Files.delete(evaluation.resolve("summary.json"));
    Files.delete(evaluation.resolve("results/Pong-agent-00002.json"));
    Path cut = evaluation.resolve("results/Breakout-agent-00004.json");
    Files.writeString(cut, Files.readString(cut).substring(0, 20));
    jowa.run(WholePath.evaluate("interrupted", "one", "local[1]")).ok();
    assertThat(path.summary("interrupted", "one").get("games"))
        .isEqualTo(path.summary("run", "one").get("games"));
    assertThat(jowa.run(WholePath.evaluate("interrupted", "one", "local[1]", "--seed=3")).failed(2))
        .contains("seed is 0 there, now 3");
  }

  /** Of two widths the better is chosen for the game, and not evaluated on the same seed. */
  @Test
  void tuningChoosesSettingsThatAnEvaluationTakes() throws IOException {
    Roms.assume("Breakout");
    List<String> sixSteps =
        List.of(
            "--run=run",
            "--games=Breakout",
            "--horizon=1",
            "--episodes=2",
            "--max-steps=6",
            "--master=local[1]");
    List<String> tune = new ArrayList<>(List.of("tune", "--try=beam-width=1,2"));
    tune.addAll(sixSteps);
    assertThat(jowa.run(tune).ok().out()).contains("chosen", "beam-width=1", "beam-width=2");
    assertThat(path.json("run/tuning/tuning/tuning.json").at("/games/Breakout")).hasSize(2);
    Path settings = path.at("run/tuning/tuning/settings.yaml");
    List<String> evaluate =
        new ArrayList<>(List.of("evaluate", "--settings=" + settings, "--name=tuned"));
    evaluate.addAll(sixSteps);
    jowa.run(evaluate).ok();
    assertThat(path.summary("run", "tuned").at("/plannerSettings/tuned-on-seed").asText())
        .isEqualTo("1000");
    evaluate.add("--seed=1000");
    assertThat(jowa.run(evaluate).failed(2)).contains("another --seed");
  }

  @Test
  void anEpisodeIsPlayedIntoAClip() throws IOException {
    Roms.assume("Breakout");
    Jowa.Result played =
        jowa.run("play", "--run=run", "--game=Breakout", "--max-steps=5", "--clip=play.gif").ok();
    assertThat(played.out()).contains("play.gif", "5 steps, cut");
    ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
    try (ImageInputStream in = ImageIO.createImageInputStream(path.at("play.gif").toFile())) {
      reader.setInput(in);
      assertThat(reader.getNumImages(true)).isEqualTo(5);
      // Beside the screen of 160 stand two frames of 84, everything twice as large.
      assertThat(reader.getWidth(0)).isGreaterThan(2 * (160 + 2 * 84));
    }
  }

  @Test
  void reportNamesTheScores() throws IOException {
    Roms.assume("Pong", "Breakout");
    jowa.run("report", "run").ok();
    assertThat(Files.readString(path.at("run/report.html")))
        .contains("<html", "Pong", "Breakout", "data:image/gif");
    assertThat(path.json("run/report.json").isObject()).isTrue();
    assertThat(Files.readString(path.at("run/report.md"))).contains("Pong");
    assertThat(jowa.run("report", "nowhere").failed(1)).contains("nowhere");
  }

  @Test
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
}
