package org.jowa.it;

import java.util.List;
import java.util.stream.Stream;

/** Command lines of data sets and trainings so small that they take seconds. */
public final class SmallTraining {
  private SmallTraining() {}

  /**
   * Makes a data set of the sample of logs.
   *
   * @param games with commas between them
   */
  public static String[] ingest(String games, int stepsPerGame, int lanes, String out) {
    return new String[] {
      "ingest",
      "--source=" + Jowa.SAMPLE.toUri(),
      "--games=" + games,
      "--steps-per-game=" + stepsPerGame,
      "--lanes=" + lanes,
      "--out=" + out
    };
  }

  /** Trains a tokenizer; the rest of the line says for how many steps, on what and where. */
  public static List<String> tokenizer(String... rest) {
    return with(
        List.of(
            "train-tokenizer",
            "--preset=tiny",
            "--threads=1",
            "--set=tokenizer.channels=8",
            "--set=tokenizer.codebook-size=64",
            "--set=tokenizer.batch-size=8"),
        rest);
  }

  /** Trains a world model; the rest of the line says for how many steps, on what and where. */
  public static List<String> world(String... rest) {
    return with(
        List.of(
            "pretrain",
            "--preset=tiny",
            "--threads=1",
            "--set=world.layers=2",
            "--set=world.width=32",
            "--set=world.q-width=32",
            "--set=world.batch-size=4"),
        rest);
  }

  static List<String> with(List<String> line, String... rest) {
    return Stream.concat(line.stream(), Stream.of(rest)).toList();
  }
}
