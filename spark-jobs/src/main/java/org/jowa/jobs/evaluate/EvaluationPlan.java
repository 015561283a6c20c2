package org.jowa.jobs.evaluate;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Storage;
import org.jowa.env.Protocol;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.MctsSettings;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.train.RunLayout;
import org.jspecify.annotations.Nullable;

/**
 * What to play, how, and under which name to keep the result.
 *
 * @param run URI of the run folder
 * @param checkpoint folder of a checkpoint, or a step number of the run; null for the newest
 * @param tokenizerRun run folder whose tokenizer the model was trained with
 * @param games canonical names
 * @param player how the agent acts
 * @param players how it acts in games that have settings of their own, by name
 * @param support share of the likeliest action's probability below which an action is out; null for
 *     the model's own
 * @param tunedOn seed that those were chosen on; null if they weren't, or nobody said
 * @param protocol sticky actions and the longest episode
 * @param episodes of each game
 * @param seed of all chance
 * @param maxSteps agent steps after which an episode is cut
 * @param name of the evaluation, a folder's name; null for one of planner, protocol and the
 *     checkpoint's step
 * @param tuning whether it is to choose settings by: its folder is another, and no random player
 *     plays beside
 */
@RecordBuilder
public record EvaluationPlan(
    String run,
    @Nullable String checkpoint,
    String tokenizerRun,
    List<String> games,
    Player player,
    Map<String, Player> players,
    @Nullable Double support,
    @Nullable Long tunedOn,
    Protocol protocol,
    int episodes,
    long seed,
    int maxSteps,
    @Nullable String name,
    boolean tuning)
    implements EvaluationPlanBuilder.With, Serializable {
  public EvaluationPlan {
    games = List.copyOf(games);
    players = Map.copyOf(players);
  }

  /** Plays all games in the same way. */
  public static EvaluationPlan of(
      String run,
      @Nullable String checkpoint,
      String tokenizerRun,
      List<String> games,
      Player player,
      Protocol protocol,
      int episodes,
      long seed,
      int maxSteps,
      @Nullable String name) {
    return new EvaluationPlan(
        run,
        checkpoint,
        tokenizerRun,
        games,
        player,
        Map.of(),
        null,
        null,
        protocol,
        episodes,
        seed,
        maxSteps,
        name,
        false);
  }

  /**
   * The same with what the command line left open as a model has it.
   *
   * @param modelDiscount that the model was trained with
   * @throws UsageException if context or horizon were given and are past the model's
   */
  public EvaluationPlan with(WorldConfig model, double modelDiscount) {
    Map<String, Player> ofGames = new TreeMap<>(players);
    ofGames.replaceAll((game, own) -> own.with(model, modelDiscount));
    EvaluationPlan fitted = withPlayer(player.with(model, modelDiscount)).withPlayers(ofGames);
    games.forEach(game -> fitted.requireFit(game, model));
    return fitted;
  }

  /** Says whose settings are wrong, where a game has its own. */
  private void requireFit(String game, WorldConfig model) {
    try {
      player(game).planner().requireFit(model);
    } catch (UsageException e) {
      throw players.containsKey(game)
          ? new UsageException("Settings of %s: %s".formatted(game, e.getMessage()))
          : e;
    }
  }

  /** Where its results are kept. */
  Storage folder(Configuration hadoop) {
    return Storage.at(run, hadoop)
        .folder((tuning ? RunLayout.TUNING : RunLayout.EVALUATIONS) + "/" + name);
  }

  /** How the agent acts in a game. */
  Player player(String game) {
    return players.getOrDefault(game, player);
  }

  /** How the agent plans in a game; acting greedily is a beam search that looks no step ahead. */
  public PlannerSettings planner(String game) {
    PlannerSettings planner = player(game).planner();
    return planner.planner() == PlannerSettings.Kind.NONE
        ? planner.withPlanner(PlannerSettings.Kind.BEAM).withBeam(BeamSettings.of(1, 0))
        : planner;
  }

  /** Seed of an episode's emulator. */
  public int emulatorSeed(Game game, int episode) {
    return new EpisodeGroup.Episode(game.name(), episode, false).emulatorSeed(seed);
  }

  /** The planner's name on the command line; those of all games where they differ. */
  String plannerName() {
    return games.stream()
        .map(game -> lowerCase(player(game).planner().planner()))
        .distinct()
        .collect(Collectors.joining("-"));
  }

  /**
   * The settings that decide how the agent acts, by option; those of a single game, where they are
   * others, after its name. Of a plan that was fitted to a model ({@link #with}).
   */
  Map<String, String> options() {
    Map<String, String> options = options(player.planner());
    for (String game : games) {
      if (players.containsKey(game)) {
        Map<String, String> own = options(player(game).planner());
        own.put("planner", lowerCase(player(game).planner().planner()));
        Map<String, String> ofAll = new TreeMap<>(options);
        ofAll.put("planner", lowerCase(player.planner().planner()));
        own.forEach(
            (option, value) -> {
              if (!value.equals(ofAll.get(option))) {
                options.put(game + "." + option, value);
              }
            });
      }
    }
    if (support != null) {
      options.put("support", support.toString());
    }
    if (tunedOn != null) {
      options.put(EvaluationSummary.TUNED_ON, Long.toString(tunedOn));
    }
    return options;
  }

  /** The settings that decide how a planner acts, by option. */
  static Map<String, String> options(PlannerSettings planner) {
    Map<String, String> options = new TreeMap<>();
    options.put("context", Integer.toString(planner.context()));
    options.put("epsilon", Double.toString(planner.epsilon()));
    options.put("group-width", Integer.toString(EpisodeGroup.WIDTH));
    if (planner.behaviourWeight() > 0) {
      options.put("behaviour-weight", Double.toString(planner.behaviourWeight()));
    }
    if (planner.horizon() > 0 && planner.futures() != PlannerSettings.Futures.LIKELIEST) {
      options.put("futures", lowerCase(planner.futures()));
    }
    switch (planner.planner()) {
      case NONE, BEHAVIOUR -> {}
      case BEAM -> {
        BeamSettings beam = planner.beam();
        options.put("beam-width", Integer.toString(beam.width()));
        options.put("horizon", Integer.toString(beam.horizon()));
        options.put("discount", Double.toString(beam.discount()));
        options.put("ends", lowerCase(beam.ends()));
      }
      case MCTS -> {
        MctsSettings mcts = planner.mcts();
        options.put("mcts-mode", mcts.mode().toString());
        options.put("horizon", Integer.toString(mcts.horizon()));
        options.put("simulations", Integer.toString(mcts.simulations()));
        options.put("temperature", Double.toString(mcts.temperature()));
        options.put("discount", Double.toString(mcts.discount()));
        options.put("mcts-choice", lowerCase(mcts.choice()));
        options.put("in-flight", Integer.toString(mcts.inFlight()));
        options.put("ends", lowerCase(mcts.ends()));
      }
    }
    return options;
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
