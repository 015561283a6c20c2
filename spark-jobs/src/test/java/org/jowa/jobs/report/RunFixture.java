package org.jowa.jobs.report;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Manifest.EpisodesFile;
import org.jowa.data.dataset.Manifest.GameStatistics;
import org.jowa.data.dataset.Manifest.Lane;
import org.jowa.data.dataset.Manifest.Provenance;
import org.jowa.data.dataset.Manifest.RawReturns;
import org.jowa.data.dataset.Manifest.Run;
import org.jowa.data.dataset.Manifest.SegmentRule;
import org.jowa.data.replay.LeftOut;
import org.jowa.data.replay.Recording;
import org.jowa.data.replay.ReplayRows;
import org.jowa.env.game.Games;
import org.jowa.jobs.diagnose.Diagnosis;
import org.jowa.jobs.media.ClipWriter;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.EvaluatedModel;
import org.jowa.jobs.results.EvaluationProtocol;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;
import org.jowa.jobs.results.ShownEpisode;

/** Makes run folders such as training and evaluation leave behind; the same at every call. */
final class RunFixture {
  private static final String MODEL_HASH =
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  private static final String TOKENIZER_HASH =
      "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";

  private static final Map<String, byte[]> SUMMARIES = new ConcurrentHashMap<>();

  private final Path run;

  private RunFixture(Path run) {
    this.run = run;
  }

  static RunFixture in(Path run) throws IOException {
    Files.createDirectories(run);
    return new RunFixture(run);
  }

  /** All that a quickstart leaves: two games, two evaluations cut short, clips, checkpoints. */
  static Path quickstart(Path run) throws IOException {
    return in(run)
        .config()
        .metrics(600, 400, 400)
        .checkpoint("tokenizer/checkpoints", "tokenizer", 600)
        .checkpoint("model/checkpoints", "stage2", 700)
        .checkpoint("model/checkpoints", "stage2", 800)
        .evaluation("beam", "beam", 1_000, List.of("Pong", "Breakout"), 1)
        .evaluation("none", "none", 1_000, List.of("Pong", "Breakout"), 2)
        .diagnosis()
        .run;
  }

  Path folder() {
    return run;
  }

  RunFixture config() throws IOException {
    Files.writeString(
        run.resolve("config.yaml"),
        """
        seed: 0
        tokenizer:
          channels: 16
          latent-channels: 64
        world:
          layers: 3
          width: 128
          td-loss: c51
        run:
          preset: tiny
          ranks: 2
        """);
    return this;
  }

  /** Of a tokenizer that sees nothing. */
  RunFixture diagnosis() throws IOException {
    try (InputStream figures = Diagnosis.class.getResourceAsStream("blind-quickstart.json")) {
      Files.write(run.resolve(Diagnosis.FILE), figures.readAllBytes());
    }
    return this;
  }

  RunFixture metrics(int tokenizer, int stage1, int stage2) throws IOException {
    Random random = new Random(5);
    StringBuilder lines = new StringBuilder();
    for (int step = 10; step <= tokenizer; step += 10) {
      double loss = 0.03 + 0.2 * Math.exp(-step / 120.0) + 0.006 * random.nextDouble();
      String heldOut =
          step % 50 == 0
              ? ",\"heldOut\":{\"reconstruction\":%s}".formatted(number(loss * 1.1 + 0.004))
              : "";
      lines.append(
          String.format(
              Locale.ROOT,
              """
              {"stage":"tokenizer","step":%d,"reconstruction":%s,"codebook":%s,"commitment":%s,\
              "total":%s,"codebookUse":%s,"codebookPerplexity":%s,"gradientNorm":%s,\
              "framesPerSecond":%s%s}
              """,
              step,
              number(loss),
              number(0.02 + loss / 9),
              number(0.015 + loss / 11),
              number(loss * 1.3),
              number(0.12 + 0.5 * (1 - Math.exp(-step / 200.0))),
              number(9 + step / 9.0 + 4 * random.nextDouble()),
              number(0.05 + 40 * Math.exp(-step / 30.0) * random.nextDouble()),
              number(86 + 5 * random.nextDouble()),
              heldOut));
    }
    for (int step = 10; step <= stage1 + stage2; step += 10) {
      boolean second = step > stage1;
      double loss = 0.7 + 4.6 * Math.exp(-step / 110.0) + 0.12 * random.nextDouble();
      String q =
          second
              ? "\"td\":%s,\"penalty\":%s,"
                  .formatted(
                      number(2.4 + 1.4 * Math.exp(-(step - stage1) / 90.0)),
                      number(1.1 + 1.7 * Math.exp(-(step - stage1) / 60.0)))
              : "";
      String heldOut =
          step % 50 == 0
              ? ",\"heldOut\":{\"observation\":%s,\"reward\":%s,\"end\":%s}"
                  .formatted(number(loss * 1.06), number(0.09 + loss / 40), number(loss / 50))
              : "";
      lines.append(
          String.format(
              Locale.ROOT,
              """
              {"stage":"%s","step":%d,"observation":%s,"reward":%s,"end":%s,%s"total":%s,\
              "gradientNorm":%s,"learningRate":%s,"sequencesPerSecond":%s,\
              "games":{"Pong":{"observation":%s},"Breakout":{"observation":%s}}%s}
              """,
              second ? "stage2" : "stage1",
              step,
              number(loss),
              number(0.08 + loss / 45),
              number(0.002 + loss / 60),
              q,
              number(loss * 1.2),
              number(0.4 + loss * random.nextDouble()),
              second ? "0.0005" : "0.001",
              number(21 + 2 * random.nextDouble()),
              number(loss * 0.9),
              number(loss * 1.1),
              heldOut));
    }
    Files.writeString(run.resolve("metrics.jsonl"), lines);
    return this;
  }

  RunFixture checkpoint(String parent, String stage, int step) throws IOException {
    Path folder =
        Files.createDirectories(
            run.resolve(parent).resolve(String.format(Locale.ROOT, "step-%08d", step)));
    Files.writeString(
        folder.resolve("state.json"),
        String.format(
            Locale.ROOT,
            """
            {"format":1,"stage":"%s","step":%d,"seed":0,"worldSize":2,"threads":1,
             "versions":{"jowa":"0.1.0","libtorch":"2.7.1","java":"17"},
             "files":{"model.safetensors":{"size":10,"sha256":"%s"}}}
            """,
            stage,
            step,
            stage.equals("tokenizer") ? TOKENIZER_HASH : MODEL_HASH));
    return this;
  }

  RunFixture evaluation(String name, String planner, int maxSteps, List<String> games, int seed)
      throws IOException {
    Path folder = Files.createDirectories(run.resolve("evaluation").resolve(name));
    // Bootstrap takes a moment: summaries are made once for all tests.
    byte[] json =
        SUMMARIES.computeIfAbsent(
            String.join(" ", name, planner, "" + maxSteps, "" + games, "" + seed),
            key -> json(summary(name, planner, maxSteps, games, seed)));
    Files.write(folder.resolve("summary.json"), json);
    Files.createDirectories(folder.resolve("clips"));
    EvaluationSummary summary =
        EvaluationSummary.read(new ByteArrayInputStream(json), "summary.json");
    for (GameResult game : summary.games().subList(0, Math.min(2, games.size()))) {
      for (ShownEpisode shown : ShownEpisode.of(game.episodes())) {
        Files.write(folder.resolve(shown.file()), clip(game.game()));
      }
    }
    return this;
  }

  private static byte[] json(EvaluationSummary summary) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      summary.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static EvaluationSummary summary(
      String name, String planner, int maxSteps, List<String> games, int seed) {
    Random random = new Random(seed);
    EvaluationSummary.Builder summary =
        EvaluationSummary.builder(name)
            .protocol(new EvaluationProtocol("jowa", 0, 108_000, maxSteps))
            .planner(
                planner,
                planner.equals("none")
                    ? Map.of()
                    : Map.of("beam-width", "4", "horizon", "2", "context", "8"))
            .seed(0)
            .model(
                new EvaluatedModel(
                    "stage2",
                    800,
                    "model/checkpoints/step-00000800",
                    MODEL_HASH,
                    TOKENIZER_HASH,
                    seed * 10_000_000L))
            .version("jowa", "0.1.0")
            .version("ale", "0.7.3")
            .wallSeconds(187.3);
    for (String game : games) {
      var scores = Games.byName(game).scores();
      double low = scores.map(s -> s.random()).orElse(0.0);
      double range = scores.map(s -> s.human() - s.random()).orElse(10.0);
      double skill = game.equals("Pong") ? 0.11 : 2.5 * Math.pow(random.nextDouble(), 2);
      summary.game(
          game,
          "60e0ea3cbe0913d39803477945e9e5ec",
          scores,
          episodes(game, low + skill * range, Math.abs(range) / 9, maxSteps, random),
          episodes(game, low, Math.abs(range) / 25, maxSteps, random));
    }
    return summary.build();
  }

  private static List<EpisodeResult> episodes(
      String game, double mean, double spread, int maxSteps, Random random) {
    List<EpisodeResult> episodes = new ArrayList<>();
    boolean whole = maxSteps > 10_000;
    for (int i = 0; i < 8; i++) {
      boolean truncated = !whole && (game.equals("Pong") || i % 3 == 0);
      episodes.add(
          new EpisodeResult(
              game,
              i,
              1000 + i,
              Math.max(
                  game.equals("Pong") ? -21 : 0, Math.rint(mean + spread * random.nextGaussian())),
              truncated ? maxSteps : 700 + random.nextInt(200),
              truncated));
    }
    return episodes;
  }

  /** Two games played here, one run each. */
  static Manifest dataset() {
    return manifest(
        List.of(
            statistics("Pong", 12_000, 14, new RawReturns(14, 0.9, -3, 4)),
            statistics("Breakout", 12_000, 21, new RawReturns(21, 38.2, 11, 77))),
        List.of(played("Pong"), played("Breakout")));
  }

  /** One game of a log that does not tell its player. */
  static Manifest datasetWithoutReturns(String source) {
    Manifest manifest =
        manifest(
            List.of(statistics("Pong", 10, 1, null)),
            List.of(new Run("Pong", 1, List.of(), 1, 1, LeftOut.NOTHING, null, List.of(), "00")));
    return new Manifest(
        manifest.version(),
        manifest.contentHash(),
        manifest.checksum(),
        manifest.steps(),
        manifest.episodes(),
        manifest.segments(),
        manifest.rows(),
        manifest.segmentRule(),
        manifest.games(),
        manifest.lanes(),
        manifest.heldOut(),
        new Provenance(
            source, ReplayRows.JOINED, null, null, 0, 0, manifest.provenance().runs(), List.of()),
        manifest.episodesFile(),
        manifest.shards());
  }

  private static Manifest manifest(List<GameStatistics> games, List<Run> runs) {
    return new Manifest(
        Manifest.VERSION,
        "2c26b46b68ffc68ff99b453c1d304134",
        null,
        games.stream().mapToLong(GameStatistics::steps).sum(),
        games.stream().mapToLong(GameStatistics::episodes).sum(),
        0,
        0,
        new SegmentRule(8, 4, "right"),
        games,
        List.of(new Lane(0, 17, 9_000, 2_250, 9_000), new Lane(1, 16, 9_000, 2_250, 9_000)),
        new Lane(-1, 2, 1_000, 250, 1_000),
        new Provenance("play/recorded", ReplayRows.JOINED, null, null, 0, 0.05, runs, List.of()),
        new EpisodesFile("episodes.arrow", 35, 10, "00"),
        List.of());
  }

  private static GameStatistics statistics(
      String game, long steps, int episodes, RawReturns returns) {
    return new GameStatistics(
        Games.byName(game).id(),
        game,
        steps,
        episodes,
        0,
        0,
        steps,
        episodes,
        1,
        returns,
        null,
        "00");
  }

  private static Run played(String game) {
    return new Run(
        game,
        1,
        List.of(),
        15,
        15,
        new LeftOut(0, 0, 0, 421, 0),
        new Recording(
            game, 1, "scripted:0.1", 0, 0.25, "60e0ea3cbe0913d39803477945e9e5ec", List.of()),
        List.of(),
        "00");
  }

  /** Four frames a game, decoded with a little noise. */
  static List<Reconstruction> reconstructions() {
    Random random = new Random(9);
    List<Reconstruction> frames = new ArrayList<>();
    for (String game : List.of("Pong", "Breakout")) {
      for (int i = 0; i < 4; i++) {
        byte[] original = new byte[84 * 84];
        for (int y = 0; y < 84; y++) {
          for (int x = 0; x < 84; x++) {
            boolean ball = Math.abs(x - 20 - 12 * i) < 2 && Math.abs(y - 30 - 7 * i) < 2;
            boolean paddle = game.equals("Pong") ? x > 78 && Math.abs(y - 40) < 6 : y > 78;
            boolean bricks = game.equals("Breakout") && y > 20 && y < 32;
            original[84 * y + x] = (byte) (ball || paddle ? 236 : bricks ? 140 + 8 * (y / 3) : 87);
          }
        }
        byte[] decoded = original.clone();
        for (int j = 0; j < decoded.length; j++) {
          decoded[j] = (byte) Math.min(255, (decoded[j] & 0xFF) * 0.95 + random.nextInt(9));
        }
        frames.add(new Reconstruction(game, "frame " + 100 * i, 84, original, decoded));
      }
    }
    return frames;
  }

  private static byte[] clip(String game) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ClipWriter clip = ClipWriter.open(out, 160, 210, ClipWriter.REAL_TIME)) {
      for (int frame = 0; frame < 30; frame++) {
        byte[] rgb = new byte[160 * 210 * 3];
        for (int y = 0; y < 210; y++) {
          for (int x = 0; x < 160; x++) {
            boolean ball = Math.abs(x - 30 - 3 * frame) < 2 && Math.abs(y - 60 - 3 * frame) < 3;
            boolean wall = y > 23 && y < 34 || y > 194;
            int at = 3 * (160 * y + x);
            boolean pong = game.equals("Pong");
            rgb[at] = (byte) (ball || wall ? 236 : pong ? 144 : 20);
            rgb[at + 1] = (byte) (ball || wall ? 236 : pong ? 72 : 20);
            rgb[at + 2] = (byte) (ball || wall ? 236 : pong ? 17 : 30);
          }
        }
        clip.addRgb(rgb);
      }
    }
    return out.toByteArray();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.5f", value);
  }
}
