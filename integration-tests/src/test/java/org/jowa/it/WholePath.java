package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.commons.io.FileUtils;

/**
 * A folder in which everything was made once, from logs to scores: data sets {@code all} and {@code
 * data}, a run {@code run}, a run {@code killed} that was killed in each of its trainings, and of
 * {@code run} an evaluation {@code one} where there are ROMs. Tests leave these as they are: what
 * they change is a copy.
 */
final class WholePath {
  private static final String[] OFTEN = {
    "--ranks=2",
    "--set=checkpoint.every=5",
    "--set=metrics.every=5",
    "--set=metrics.held-out-every=20"
  };
  private static final List<String> TOKENIZER =
      SmallTraining.with(SmallTraining.tokenizer(OFTEN), "--set=tokenizer.steps=40");
  private static final List<String> WORLD =
      SmallTraining.with(
          SmallTraining.world(OFTEN),
          "--set=world.stage1.steps=20",
          "--set=world.stage2.steps=20",
          "--set=world.target-update-every=7");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final Jowa jowa;
  private Jowa.Result withoutTokens;
  private final List<Jowa.Result> resumed = new ArrayList<>();

  private WholePath(Path folder) {
    this.folder = folder;
    this.jowa = new Jowa(folder);
  }

  /** Goes it. */
  static WholePath in(Path folder) throws Exception {
    WholePath path = new WholePath(folder);
    path.go();
    return path;
  }

  private void go() throws Exception {
    jowa.run("ingest", "--source=" + Jowa.SAMPLE, "--out=all").ok();
    jowa.run(SmallTraining.ingest("Breakout", 3000, 4, "data")).ok();
    jowa.run(tokenizer("data", "run")).ok();
    withoutTokens = jowa.run(world("data", "run"));
    killAndResume(tokenizer("data", "killed"), "killed/tokenizer/checkpoints/step-00000010");
    jowa.run("tokenize", "--data=data", "--run=run").ok();
    jowa.run(world("data", "run")).ok();
    killAndResume(world("data", "killed"), "killed/model/checkpoints/step-00000025");
    if (Roms.areThere("Pong", "Breakout")) {
      jowa.run(evaluate("run", "one", "local[1]")).ok();
    }
  }

  Jowa jowa() {
    return jowa;
  }

  Path at(String file) {
    return folder.resolve(file);
  }

  /** What pretraining said before there were tokens. */
  Jowa.Result withoutTokens() {
    return withoutTokens;
  }

  /** What the killed trainings said when they went on. */
  List<Jowa.Result> resumed() {
    return resumed;
  }

  /** A training of a tokenizer, 40 steps with a checkpoint every 5. */
  static List<String> tokenizer(String data, String run) {
    return SmallTraining.with(TOKENIZER, "--data=" + data, "--run=" + run);
  }

  /** A training of a world model, 20 steps a stage with a checkpoint every 5. */
  static List<String> world(String data, String run, String... more) {
    return SmallTraining.with(SmallTraining.with(WORLD, "--data=" + data, "--run=" + run), more);
  }

  /** Twelve steps of five episodes of two games. */
  static List<String> evaluate(String run, String name, String master, String... more) {
    return SmallTraining.with(
        List.of(
            "evaluate",
            "--run=" + run,
            "--games=Pong,Breakout",
            "--planner=beam",
            "--episodes=5",
            "--max-steps=12",
            "--name=" + name,
            "--master=" + master),
        more);
  }

  /** A copy of what was made, for a test that changes it. */
  Path copy(String made, String name) throws IOException {
    FileUtils.copyDirectory(at(made).toFile(), at(name).toFile());
    return at(name);
  }

  /** Kills a training with -9 as soon as a checkpoint is there, and gives the command again. */
  void killAndResume(List<String> line, String checkpoint) throws Exception {
    Jowa.Running running = jowa.start(line.toArray(String[]::new));
    Path mark = at(checkpoint).resolve("state.json");
    Pause.until(
        mark + " is there",
        Duration.ofMinutes(5),
        () -> Files.exists(mark) || !running.process().isAlive(),
        running::said);
    assertThat(running.process().isAlive())
        .as("still training when killed; %s", running.said())
        .isTrue();
    running.kill();
    resumed.add(jowa.run(line).ok());
  }

  /** That two runs have the same bytes. */
  void assertSame(String file, String run, String other) {
    assertThat(at(other).resolve(file)).hasSameBinaryContentAs(at(run).resolve(file));
  }

  JsonNode json(String file) throws IOException {
    return JSON.readTree(at(file).toFile());
  }

  JsonNode summary(String run, String evaluation) throws IOException {
    return json(run + "/evaluation/" + evaluation + "/summary.json");
  }

  /** Stage and step of every line of metrics. */
  List<String> steps(String run) throws IOException {
    return metrics(run).stream()
        .map(line -> line.get("stage").asText() + " " + line.get("step").asLong())
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  /** The losses of a stage's held-out data, in order. */
  List<Double> heldOut(String run, String stage) throws IOException {
    return metrics(run).stream()
        .filter(line -> line.get("stage").asText().equals(stage) && line.has("heldOut"))
        .map(line -> line.at("/heldOut/total").asDouble())
        .toList();
  }

  private List<JsonNode> metrics(String run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(at(run).resolve("metrics.jsonl"))) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  /** Alters a byte in the middle of a file. */
  static void damage(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
