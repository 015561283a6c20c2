package org.jowa.jobs.cli;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jowa.error.UsageException;
import org.jowa.jobs.evaluate.Player;
import org.jowa.jobs.evaluate.Player.Open;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.BeamSettings.Ends;
import org.jowa.model.plan.MctsSettings;
import org.jowa.model.plan.MctsSettings.Choice;
import org.jowa.model.plan.MctsSettings.Mode;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.plan.PlannerSettings.Futures;
import picocli.CommandLine.Option;

/** How an agent acts, for every command that plays. */
final class PlannerOptions {
  private static final int BEAM_HORIZON = 2;
  private static final int MCTS_HORIZON = 6;

  @Option(
      names = "--planner",
      paramLabel = "P",
      description =
          "none (act greedily), behaviour (draw what the data's players would do, of models with a"
              + " behaviour network), beam or mcts (default: ${DEFAULT-VALUE}).")
  private String planner = "beam";

  @Option(
      names = "--horizon",
      paramLabel = "H",
      description =
          "Steps that beam search looks ahead (default: 2), or one more than tree search does"
              + " (default: 6); less by default where the model has no room for it.")
  private Optional<Integer> horizon = Optional.empty();

  @Option(
      names = "--context",
      paramLabel = "N",
      description =
          "Blocks that the agent remembers; a plan uses the newest that leave room for its horizon"
              + " (default: all that the model holds).")
  private Optional<Integer> context = Optional.empty();

  @Option(
      names = "--discount",
      paramLabel = "D",
      description =
          "Of rewards and values in plans (default: that which the model was trained with).")
  private Optional<Double> discount = Optional.empty();

  @Option(
      names = "--ends",
      paramLabel = "E",
      description =
          "What a predicted end of the episode means in plans: ignored, as in the paper, or"
              + " respected, nothing is earned afterwards (default: ${DEFAULT-VALUE}).")
  private String ends = "ignored";

  @Option(
      names = "--epsilon",
      paramLabel = "E",
      description = "Probability of a random action at every step (default: ${DEFAULT-VALUE}).")
  private double epsilon = PlannerSettings.EPSILON;

  @Option(
      names = "--beam-width",
      paramLabel = "W",
      description = "Nodes that beam search keeps at each depth (default: ${DEFAULT-VALUE}).")
  private int beamWidth = 2;

  @Option(
      names = "--simulations",
      paramLabel = "N",
      description = "Simulations of a tree search (default: ${DEFAULT-VALUE}).")
  private int simulations = 20;

  @Option(
      names = "--mcts-mode",
      paramLabel = "M",
      description =
          "Tree search: repaired, or reference with the original's defects (default:"
              + " ${DEFAULT-VALUE}).")
  private String mctsMode = "repaired";

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Of the priors of a tree search (default: ${DEFAULT-VALUE}).")
  private double temperature = 0.9;

  @Option(
      names = "--mcts-choice",
      paramLabel = "C",
      description =
          "What decides after a tree search: value or visits (default: ${DEFAULT-VALUE}).")
  private String mctsChoice = "value";

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description =
          "Simulations of an environment that a tree search imagines together, told apart by"
              + " virtual losses (default: ${DEFAULT-VALUE}).")
  private int inFlight = 1;

  @Option(
      names = "--futures",
      paramLabel = "F",
      description =
          "What plans imagine: likeliest, as in the paper, or sampled from what the model predicts,"
              + " the same for the same seed (default: ${DEFAULT-VALUE}).")
  private String futures = "likeliest";

  @Option(
      names = "--behaviour-weight",
      paramLabel = "W",
      description =
          "Points of value that an action loses where the data's players do it e times as rarely as"
              + " their likeliest one, of models with a behaviour network (default: 0).")
  private double behaviourWeight;

  /** Checks everything that needs no model. */
  void check() {
    Options.atLeast("--beam-width", beamWidth, 1);
    horizon.ifPresent(steps -> Options.atLeast("--horizon", steps, 0));
    context.ifPresent(blocks -> Options.atLeast("--context", blocks, 1));
    Options.atLeast("--simulations", simulations, 1);
    Options.atLeast("--in-flight", inFlight, 1);
    byName("--ends", Ends.values(), ends);
    byName("--mcts-choice", Choice.values(), mctsChoice);
    Mode.byName(mctsMode);
    PlannerSettings settings = settings();
    discount.ifPresent(settings::withDiscount);
  }

  /** Whether what it plans can be shown: a beam search, or one that looks no step ahead. */
  boolean canBeShown() {
    PlannerSettings.Kind kind = settings().planner();
    return kind == PlannerSettings.Kind.NONE || kind == PlannerSettings.Kind.BEAM;
  }

  /** How the agent acts. */
  Player player() {
    Set<Open> open = EnumSet.noneOf(Open.class);
    if (context.isEmpty()) {
      open.add(Open.CONTEXT);
    }
    if (horizon.isEmpty()) {
      open.add(Open.HORIZON);
    }
    return new Player(settings(), discount.orElse(null), open);
  }

  /**
   * The same options with some of them set otherwise.
   *
   * @param options names without their dashes, and values
   * @param where they stand, for messages
   * @throws UsageException if there is no such option or the value is none
   */
  PlannerOptions with(Map<String, String> options, String where) {
    PlannerOptions other = new PlannerOptions();
    other.planner = planner;
    other.horizon = horizon;
    other.context = context;
    other.discount = discount;
    other.ends = ends;
    other.epsilon = epsilon;
    other.beamWidth = beamWidth;
    other.simulations = simulations;
    other.mctsMode = mctsMode;
    other.temperature = temperature;
    other.mctsChoice = mctsChoice;
    other.inFlight = inFlight;
    other.futures = futures;
    other.behaviourWeight = behaviourWeight;
    try {
      options.forEach(other::setNamed);
      other.check();
    } catch (UsageException e) {
      throw new UsageException(where + ": " + e.getMessage());
    }
    return other;
  }

  private void setNamed(String option, String value) {
    try {
      set(option, value);
    } catch (NumberFormatException e) {
      throw new UsageException("%s must be a number, found %s".formatted(option, value));
    }
  }

  /**
   * @throws NumberFormatException if the value should be a number and isn't
   */
  private void set(String option, String value) {
    switch (option) {
      case "planner" -> planner = value;
      case "horizon" -> horizon = Optional.of(Integer.valueOf(value));
      case "context" -> context = Optional.of(Integer.valueOf(value));
      case "discount" -> discount = Optional.of(Double.valueOf(value));
      case "ends" -> ends = value;
      case "epsilon" -> epsilon = Double.parseDouble(value);
      case "beam-width" -> beamWidth = Integer.parseInt(value);
      case "simulations" -> simulations = Integer.parseInt(value);
      case "mcts-mode" -> mctsMode = value;
      case "temperature" -> temperature = Double.parseDouble(value);
      case "mcts-choice" -> mctsChoice = value;
      case "futures" -> futures = value;
      case "behaviour-weight" -> behaviourWeight = Double.parseDouble(value);
      case "in-flight" -> inFlight = Integer.parseInt(value);
      default ->
          throw new UsageException(
              ("no planner setting is named %s: there are planner, horizon, context, discount,"
                      + " ends, epsilon, beam-width, simulations, mcts-mode, temperature,"
                      + " mcts-choice, in-flight, futures and behaviour-weight")
                  .formatted(option));
    }
  }

  private PlannerSettings settings() {
    int blocks = context.orElse(1);
    PlannerSettings settings =
        switch (PlannerSettings.Kind.byName(planner)) {
          case NONE -> PlannerSettings.none(blocks);
          case BEHAVIOUR -> PlannerSettings.behaviour(blocks);
          case BEAM ->
              PlannerSettings.beam(
                  BeamSettings.of(beamWidth, horizon.orElse(BEAM_HORIZON))
                      .withEnds(byName("--ends", Ends.values(), ends)),
                  blocks);
          case MCTS ->
              PlannerSettings.mcts(
                  MctsSettings.of(Mode.byName(mctsMode))
                      .withHorizon(horizon.orElse(MCTS_HORIZON))
                      .withSimulations(simulations)
                      .withTemperature(temperature)
                      .withChoice(byName("--mcts-choice", Choice.values(), mctsChoice))
                      .withInFlight(inFlight)
                      .withEnds(byName("--ends", Ends.values(), ends)),
                  blocks);
        };
    return settings
        .withEpsilon(epsilon)
        .withFutures(byName("--futures", Futures.values(), futures))
        .withBehaviourWeight(behaviourWeight);
  }

  private static <E extends Enum<E>> E byName(String option, E[] values, String name) {
    return Arrays.stream(values)
        .filter(value -> lowerCase(value).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "Option %s must be %s, found %s"
                        .formatted(
                            option,
                            Arrays.stream(values)
                                .map(PlannerOptions::lowerCase)
                                .collect(Collectors.joining(" or ")),
                            name)));
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
