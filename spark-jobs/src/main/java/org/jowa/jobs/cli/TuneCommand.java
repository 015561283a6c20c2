package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jowa.error.UsageException;
import org.jowa.jobs.evaluate.TuneJob;
import org.jowa.jobs.evaluate.TuneJob.Candidate;
import org.jowa.jobs.evaluate.TuneJob.Tried;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "tune",
    description =
        "Choose planner settings for each game by play on a seed of their own, and write"
            + " RUN/tuning/NAME/settings.yaml for evaluate --settings.")
final class TuneCommand extends PlayingCommand {
  /** More are a mistake, or days of play. */
  private static final int MOST_CANDIDATES = 200;

  @Option(
      names = "--try",
      required = true,
      paramLabel = "SETTING=A,B",
      description =
          "Values to try for a planner setting, beam-width=1,2,4 for instance; given several times,"
              + " all combinations are tried. Other settings are those of the command line.")
  private List<String> tries = new ArrayList<>();

  @Option(
      names = "--episodes",
      paramLabel = "N",
      description = "Episodes of each game and candidate (default: ${DEFAULT-VALUE}).")
  private int episodes = 8;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description =
          "Seed of emulators and random actions, never one to be evaluated on (default:"
              + " ${DEFAULT-VALUE}).")
  private long seed = 1000;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Folder below RUN/tuning (default: ${DEFAULT-VALUE}).")
  private String name = "tuning";

  @Override
  void check() {
    play.check();
    play.requireOneCheckpoint("tune");
    Options.atLeast("--episodes", episodes, 1);
    PlayOptions.checkName(name);
    candidates();
  }

  private List<Candidate> candidates() {
    List<Map<String, String>> grid = new ArrayList<>(List.of(Map.of()));
    for (String axis : tries) {
      int at = axis.indexOf('=');
      if (at < 1 || at == axis.length() - 1) {
        throw new UsageException(
            "Option --try must be a setting and its values, beam-width=1,2,4 for instance, found "
                + axis);
      }
      List<Map<String, String>> longer = new ArrayList<>();
      for (Map<String, String> options : grid) {
        for (String value : axis.substring(at + 1).split(",")) {
          Map<String, String> more = new LinkedHashMap<>(options);
          more.put(axis.substring(0, at), value);
          longer.add(more);
        }
      }
      grid = longer;
      if (grid.size() > MOST_CANDIDATES) {
        throw new UsageException(
            "These --try make more than %s candidates: try fewer values"
                .formatted(MOST_CANDIDATES));
      }
    }
    return grid.stream().map(this::candidate).toList();
  }

  private Candidate candidate(Map<String, String> options) {
    String folder =
        options.entrySet().stream()
            .map(option -> option.getKey() + "-" + option.getValue())
            .collect(Collectors.joining("_"));
    PlannerOptions planner = play.planner().with(options, "Option --try");
    return new Candidate(
        options,
        play.plan(planner.player(), Map.of(), null, episodes, seed, name + "/" + folder, true));
  }

  @Override
  int run() throws Exception {
    String run = play.run();
    Map<String, List<Tried>> games =
        inSpark(new TuneJob(run, name, seed, candidates(), play.roms()));
    games.forEach(
        (game, tried) -> {
          for (int i = 0; i < tried.size(); i++) {
            System.out.printf(
                Locale.ROOT,
                "%-16s %-8s %.1f  %s%n",
                i == 0 ? game : "",
                i == 0 ? "chosen" : "",
                tried.get(i).mean(),
                tried.get(i).options().entrySet().stream()
                    .map(option -> option.getKey() + "=" + option.getValue())
                    .collect(Collectors.joining(" ")));
          }
        });
    System.out.printf(
        Locale.ROOT,
        "settings: %s/tuning/%s/%s (evaluate with --settings, and another seed than %d)%n",
        run,
        name,
        TuneJob.SETTINGS,
        seed);
    return CommandLines.OK;
  }
}
