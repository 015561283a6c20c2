package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jowa.env.Protocol;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.jobs.cli.SweepFile.Variant;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.finetune.FinetuneConfig;
import org.jowa.jobs.sweep.SweepRun;

/**
 * The runs that a sweep's file stands for, everything checked that can be before anything runs.
 *
 * @param file what was read
 * @param where the file's name, for messages
 * @param out folder of the run folders
 * @param data URI of the data set of variants without one of their own
 */
record SweepPlan(SweepFile file, String where, String out, Optional<String> data) {
  private static final String SEED = "seed";

  /** What an evaluation needs beside a planner. */
  private record Rules(
      List<String> games,
      Protocol protocol,
      int episodes,
      long seed,
      int maxSteps,
      Optional<Double> support) {}

  /**
   * A run of each variant with each seed, in the file's order; all variants with the first seed
   * come first, so that there is something to compare soon.
   */
  List<SweepRun> runs() {
    Config base = Config.preset(file.preset());
    requireNoSeed(file.settings(), where + ", set");
    Config shared = base.with(file.settings(), where + ", set");
    Map<String, String> planner = new LinkedHashMap<>(file.evaluate());
    Rules rules = rules(planner);
    PlannerOptions all = new PlannerOptions().with(planner, where + ", evaluate");
    file.variants().forEach(this::requireOther);
    requireDifferent();
    List<SweepRun> runs = new ArrayList<>();
    for (int seed : file.seeds()) {
      file.variants()
          .forEach(
              (name, variant) -> {
                if (variant.of().isEmpty()) {
                  runs.add(run(name, variant, seed, base, shared, all, rules));
                }
              });
    }
    return runs;
  }

  private SweepRun run(
      String name,
      Variant variant,
      int seed,
      Config base,
      Config shared,
      PlannerOptions all,
      Rules rules) {
    String at = where + ", variant " + name;
    requireNoSeed(variant.settings(), at);
    String folder = String.format(Locale.ROOT, "%s/%s-seed-%d", out, name, seed);
    Optional<String> initFrom = initFrom(variant);
    Config config =
        initFrom
            .map(from -> fineTuned(base, variant, folder, from, at))
            .orElseGet(() -> shared.with(variant.settings(), at));
    Map<String, EvaluationPlan> evaluations = new LinkedHashMap<>();
    file.variants()
        .forEach(
            (label, other) -> {
              if (label.equals(name) || other.of().equals(Optional.of(name))) {
                evaluations.put(label, evaluation(folder, label, other, all, rules, config));
              }
            });
    return new SweepRun(
        folder,
        config.with(Map.of(SEED, Integer.toString(seed)), at),
        variant
            .data()
            .or(this::data)
            .orElseThrow(() -> new UsageException(at + " has no data: give it with --data")),
        initFrom,
        initFrom.isEmpty() && !config.differences(shared, "tokenizer").isEmpty(),
        evaluations);
  }

  private Optional<String> initFrom(Variant variant) {
    return variant.initFrom().or(file::initFrom);
  }

  /** Sizes are those of the weights, whatever the preset has. */
  private Config fineTuned(Config base, Variant variant, String folder, String from, String at) {
    try {
      return FinetuneConfig.of(
          base,
          config -> config.with(file.settings(), where + ", set").with(variant.settings(), at),
          folder,
          from);
    } catch (UsageException e) {
      throw new UsageException(at + ": " + e.getMessage());
    }
  }

  private EvaluationPlan evaluation(
      String folder,
      String label,
      Variant variant,
      PlannerOptions all,
      Rules rules,
      Config config) {
    String at = where + ", variant " + label + ", evaluate";
    Map<String, String> planner = new LinkedHashMap<>(variant.evaluate());
    Optional<Double> support = support(planner, at).or(rules::support);
    if (support.orElse(0.0) > 0 && config.integer("world.behaviour.steps") == 0) {
      throw new UsageException(
          "%s has support %s, but a model with world.behaviour.steps=0 doesn't know what players do: leave one out"
              .formatted(at, support.get()));
    }
    return EvaluationPlan.of(
            folder,
            null,
            folder,
            rules.games(),
            all.with(planner, at).player(),
            rules.protocol(),
            rules.episodes(),
            rules.seed(),
            rules.maxSteps(),
            label)
        .withSupport(support.orElse(null));
  }

  /** Takes from the options those that have nothing to do with a planner. */
  private Rules rules(Map<String, String> options) {
    String at = where + ", evaluate";
    String games = options.remove("games");
    if (games == null) {
      throw new UsageException(at + " has no games: write games: [Pong, Breakout] for instance");
    }
    Protocol protocol =
        Protocol.byName(Optional.ofNullable(options.remove("protocol")).orElse("jowa"));
    return new Rules(
        Arrays.stream(games.split(",")).map(game -> Games.byName(game).name()).distinct().toList(),
        protocol,
        (int) number(options, "episodes", 16, 1, at),
        number(options, SEED, 0, Long.MIN_VALUE, at),
        (int)
            Math.min(protocol.maxSteps(), number(options, "max-steps", protocol.maxSteps(), 1, at)),
        support(options, at));
  }

  /** Takes it from the options: it isn't a planner's. */
  private static Optional<Double> support(Map<String, String> options, String at) {
    String share = options.remove("support");
    if (share != null && !share.matches("0|1|0?\\.\\d{1,9}|[01]\\.0{1,9}")) {
      throw new UsageException("%s has support %s: it must be from 0 to 1".formatted(at, share));
    }
    return Optional.ofNullable(share).map(Double::valueOf);
  }

  private static long number(
      Map<String, String> options, String option, long otherwise, long least, String at) {
    String text = options.remove(option);
    if (text == null) {
      return otherwise;
    }
    if (!text.matches("-?\\d{1,9}") || Long.parseLong(text) < least) {
      throw new UsageException(
          "%s has %s %s: it must be a whole number%s"
              .formatted(at, option, text, least > 0 ? " of at least " + least : ""));
    }
    return Long.parseLong(text);
  }

  private static void requireNoSeed(Map<String, String> settings, String at) {
    if (settings.containsKey(SEED)) {
      throw new UsageException(at + " has a seed: those of training are the file's seeds");
    }
  }

  private void requireOther(String name, Variant variant) {
    if (variant.of().isEmpty()) {
      return;
    }
    String of = variant.of().get();
    String at = where + ", variant " + name;
    Variant other = file.variants().get(of);
    if (other == null || other.of().isPresent()) {
      throw new UsageException(
          "%s is of %s, which is no variant with runs of its own".formatted(at, of));
    }
    if (!variant.settings().isEmpty()
        || variant.data().isPresent()
        || variant.initFrom().isPresent()) {
      throw new UsageException(
          "%s plays with the runs of %s, so it can't have data, init-from or set: leave them or of out"
              .formatted(at, of));
    }
  }

  /** Two names of one thing would be compared as if it were two. */
  private void requireDifferent() {
    Map<List<Object>, String> seen = new LinkedHashMap<>();
    file.variants()
        .forEach(
            (name, variant) -> {
              Variant trained = variant.of().map(of -> file.variants().get(of)).orElse(variant);
              String same =
                  seen.putIfAbsent(
                      List.of(
                          trained.data().or(this::data),
                          initFrom(trained),
                          trained.settings(),
                          variant.evaluate()),
                      name);
              if (same != null) {
                throw new UsageException(
                    "%s has the variants %s and %s, which are the same"
                        .formatted(where, same, name));
              }
            });
  }
}
