package org.jowa.jobs.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;
import org.jowa.jobs.bench.Bench;
import org.jowa.jobs.bench.BenchOptions;
import org.jowa.jobs.bench.IngestBench;
import org.jowa.jobs.bench.LaunchBench;
import org.jowa.jobs.bench.ScalingBench;
import org.jowa.jobs.config.Config;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "bench",
    description =
        "Time one part on this machine and print JSON objects, one a line, with the speed of a"
            + " 2048 x 2048 matrix product in the same run.")
final class BenchCommand extends JobCommand {
  private static final double MOST_GIB = 1024;

  private static final String SCALING = "scaling";
  private static final String LAUNCH = "launch";

  @Parameters(
      paramLabel = "NAME",
      description =
          "train-step, tokenizer-step, tokenizer-encode, plan, env, scaling, launch, ingest,"
              + " loader, allreduce or checkpoint.")
  private String name;

  @Option(
      names = "--preset",
      paramLabel = "P",
      description = "Sizes of the models (default: ${DEFAULT-VALUE}).")
  private String preset = "40m";

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change one configuration key; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Sequences, frames or environments at once (default: ${DEFAULT-VALUE}).")
  private int batch = 4;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads of an operator (default: the machine's cores; of scaling and launch: 1).")
  private Optional<Integer> threads;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "Runs that count (default: ${DEFAULT-VALUE}).")
  private int runs = 10;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      description =
          "Ranks of launch, and of scaling, compared with one; --master local-cluster[N,1,4096]"
              + " makes them processes (default: ${DEFAULT-VALUE}).")
  private int ranks = 2;

  @Option(
      names = "--game",
      defaultValue = "Breakout",
      paramLabel = "G",
      description = "Game of env and plan (default: ${DEFAULT-VALUE}).")
  private Game game;

  @Option(
      names = "--run",
      paramLabel = "RUN",
      description =
          "plan: run folder whose trained weights to plan with, in contexts of its game, which"
              + " needs a ROM (default: random weights and tokens).")
  private Optional<String> trained;

  @Option(
      names = "--logs",
      paramLabel = "DIR",
      description = "Replay logs of ingest, on a local disk; bin/jowa record makes some.")
  private Optional<Path> logs;

  @Mixin private RomsOption roms;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "loader: data set to read (default: a made-up one in a temporary folder).")
  private Optional<String> data;

  @Option(
      names = "--gib",
      paramLabel = "G",
      description = "loader: size of made-up token shards (default: ${DEFAULT-VALUE}).")
  private double gib = 0.5;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      description = "loader: read tokens for so long, with a line a minute (default: rates only).")
  private int minutes = 0;

  @Override
  void check() {
    List<String> names = new ArrayList<>(Bench.NAMES);
    names.addAll(List.of(SCALING, LAUNCH));
    if (!names.contains(name)) {
      throw new UsageException(
          "Unknown benchmark %s: choose one of %s".formatted(name, String.join(", ", names)));
    }
    if (name.equals("ingest") && logs.isEmpty()) {
      throw new UsageException("bench ingest needs --logs DIR: bin/jowa record makes some");
    }
    Options.atLeast("--batch", batch, 1);
    Options.atLeast("--runs", runs, 1);
    Options.atLeast("--ranks", ranks, 2);
    Options.atLeast("--minutes", minutes, 0);
    if (!(gib > 0 && gib <= MOST_GIB)) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "Option --gib must be above 0 and at most %.0f, found %s",
              MOST_GIB,
              gib));
    }
    threads.ifPresent(count -> Options.atLeast("--threads", count, 1));
    Config.preset(preset).with(settings);
  }

  @Override
  boolean needsSpark() {
    return isOnRanks();
  }

  private boolean isOnRanks() {
    return name.equals(SCALING) || name.equals(LAUNCH);
  }

  @Override
  int ranks() {
    return isOnRanks() ? ranks : 0;
  }

  @Override
  int threadsPerTask() {
    return threads.orElse(isOnRanks() ? 1 : Runtime.getRuntime().availableProcessors());
  }

  @Override
  boolean playsGames() {
    return name.equals("env") || (name.equals("plan") && trained.isPresent());
  }

  @Override
  int run() throws Exception {
    if (name.equals("ingest")) {
      new IngestBench(logs.orElseThrow(), threadsPerTask(), runs).run(System.out);
      return CommandLines.OK;
    }
    BenchOptions options =
        new BenchOptions(
            preset,
            Config.preset(preset).with(settings),
            batch,
            threadsPerTask(),
            runs,
            game,
            trained,
            data,
            gib,
            minutes);
    if (!isOnRanks()) {
      new Bench(options, roms.folder()).run(name, System.out);
      return CommandLines.OK;
    }
    inSpark(
        name.equals(SCALING)
            ? new ScalingBench(options, ranks, System.out)
            : new LaunchBench(options, ranks, System.out));
    return CommandLines.OK;
  }
}
