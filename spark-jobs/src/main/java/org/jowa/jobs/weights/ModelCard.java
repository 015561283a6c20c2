package org.jowa.jobs.weights;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jowa.data.dataset.Manifest.GameStatistics;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.results.AggregateScores;
import org.jowa.jobs.results.Aggregates;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;
import org.jowa.jobs.scores.Bootstrap;
import org.jowa.jobs.scores.Estimate;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jspecify.annotations.Nullable;

/**
 * {@code README.md} beside exported weights: what they are, what they were trained on, how they
 * play, and what one may do with them.
 *
 * @param size the paper's name of the size, if it is one of those
 * @param licence empty if nobody said
 */
record ModelCard(
    Optional<String> size,
    Config config,
    Checkpoint model,
    Checkpoint tokenizer,
    String tokenizerHash,
    CardData data,
    CardScores scores,
    Optional<String> licence) {

  /**
   * The card as Markdown with the front matter that model hubs read.
   *
   * @param torchFiles names of the reference's files beside it, if there are any
   */
  String text(List<String> torchFiles) {
    StringBuilder text = new StringBuilder();
    text.append("---\n");
    text.append("license: ").append(licence.orElse("unknown")).append('\n');
    text.append("tags: [atari, world-model, offline-rl, jowa]\n");
    text.append("---\n\n");
    text.append("# ").append(title()).append("\n\n");
    line(
        text,
        "A VQ-VAE tokenizer and one transformer that is world model and Q-function, after the paper"
            + " of JOWA. Written by `bin/jowa export-weights` of JOWA on Spark %s.",
        model.state().versions().getOrDefault("jowa", "of unknown version"));
    sizes(text);
    training(text);
    data(text);
    scores(text);
    use(text, torchFiles);
    licence(text);
    return text.toString();
  }

  private String title() {
    return size.map(name -> "JOWA-" + name.toUpperCase(Locale.ROOT)).orElse("JOWA");
  }

  private void sizes(StringBuilder text) {
    text.append("## Model\n\n| | |\n|---|---|\n");
    for (String key :
        List.of(
            "world.layers",
            "world.heads",
            "world.width",
            "world.q-heads",
            "world.q-width",
            "world.blocks",
            "world.td-loss",
            "world.discount",
            "world.value-min",
            "world.value-max",
            "tokenizer.codebook-size")) {
      row(text, key, config.show(key));
    }
    row(text, "model.safetensors, SHA-256", "`" + model.modelHash() + "`");
    row(text, "tokenizer.safetensors, SHA-256", "`" + tokenizer.tokenizerHash() + "`");
    row(text, "tokenizer", "`" + tokenizerHash + "`");
    text.append("\n`config.yaml` has every setting.\n\n");
  }

  private void training(StringBuilder text) {
    text.append("## Training\n\n");
    training(text, "Tokenizer", tokenizer.state());
    training(text, "World-action model", model.state());
  }

  private static void training(StringBuilder text, String part, CheckpointState state) {
    if (state.stage().equals(ImportJob.STAGE)) {
      line(
          text, "%s: imported from %s; steps and data are not known.", part, files(state.inputs()));
    } else {
      line(
          text,
          "%s: %,d optimizer steps (%s), seed %d, %d ranks.",
          part,
          state.step(),
          state.stage(),
          state.seed(),
          state.worldSize());
    }
  }

  private static String files(Map<String, String> inputs) {
    return String.join(
        ", ",
        inputs.entrySet().stream()
            .filter(input -> !input.getKey().equals("tokenizer"))
            .map(input -> "%s (SHA-256 `%s`)".formatted(input.getKey(), input.getValue()))
            .toList());
  }

  private void data(StringBuilder text) {
    text.append("## Data\n\n");
    if (data.hash() == null) {
      text.append("Not known: see where the weights come from.\n\n");
      return;
    }
    line(text, "Data set of content `%s`.", data.hash());
    if (data.games().isEmpty()) {
      text.append("Its games are not listed: it was not at hand when this was written.\n\n");
      return;
    }
    text.append("| game | steps | episodes | held out |\n|---|--:|--:|--:|\n");
    for (GameStatistics game : data.games()) {
      text.append(
          format(
              "| %s | %,d | %,d | %,d |\n",
              game.game(), game.steps(), game.episodes(), game.heldOutEpisodes()));
    }
    text.append('\n');
  }

  private void scores(StringBuilder text) {
    text.append("## Scores\n\n");
    if (scores.evaluations().isEmpty()) {
      text.append("These weights were not evaluated.\n\n");
    }
    for (EvaluationSummary evaluation : scores.evaluations()) {
      scores(text, evaluation);
    }
  }

  private static void scores(StringBuilder text, EvaluationSummary evaluation) {
    text.append("### ").append(evaluation.name()).append("\n\n");
    line(
        text,
        "Planner %s %s, protocol %s (sticky actions %s, at most %,d agent steps), seed %d. Raw"
            + " returns: the mean with its 95%% bootstrap interval over episodes.",
        evaluation.planner(),
        evaluation.plannerSettings(),
        evaluation.protocol().name(),
        evaluation.protocol().stickyActions(),
        evaluation.protocol().maxSteps(),
        evaluation.seed());
    text.append("| game | episodes | mean return | random player |\n|---|--:|--:|--:|\n");
    for (GameResult game : evaluation.games()) {
      double[] returns = game.episodes().stream().mapToDouble(EpisodeResult::rawReturn).toArray();
      text.append(
          format(
              "| %s | %d%s | %s | %s |\n",
              game.game(),
              game.agent().episodes(),
              game.truncated()
                  ? String.format(Locale.ROOT, " (%d cut)", game.agent().truncated())
                  : "",
              estimate(Bootstrap.STANDARD.mean(returns), 1),
              game.random() == null ? "not measured" : format("%.1f", game.random().mean())));
    }
    text.append('\n');
    if (evaluation.protocol().shortened()) {
      text.append("Episodes were cut, so these returns are not compared with published ones.\n\n");
    } else {
      aggregates(text, evaluation.aggregates());
    }
  }

  private static void aggregates(StringBuilder text, @Nullable Aggregates aggregates) {
    if (aggregates == null) {
      return;
    }
    AggregateScores human = aggregates.human();
    line(
        text,
        "Human-normalised over %d games with published scores: median %.3f, IQM of game means"
            + " %.3f%s.",
        aggregates.games(),
        human.median(),
        human.iqmOfGameMeans(),
        human.iqmOverRuns() == null
            ? ""
            : ", IQM over all episodes " + estimate(human.iqmOverRuns(), 3));
  }

  private static String estimate(Estimate estimate, int digits) {
    String number = "%." + digits + "f";
    return format(
        number + " (" + number + " to " + number + ")",
        estimate.value(),
        estimate.low(),
        estimate.high());
  }

  private static void use(StringBuilder text, List<String> torchFiles) {
    text.append(
        """
        ## Use

        `model.safetensors` and `tokenizer.safetensors` are fp32 by the names of the reference's
        state dicts. A new training starts from one with `--init-from FILE`.
        """);
    if (!torchFiles.isEmpty()) {
      String files = String.join(" ", torchFiles);
      text.append(
          """

          %s are the same weights as the reference saves them: `torch.load(FILE,
          weights_only=True)` gives a dictionary whose names begin with `module.`. They become a run
          again with

              bin/jowa import-weights %s --preset config.yaml --out RUN
          """
              .formatted(String.join(" and ", torchFiles), files));
    }
    text.append('\n');
  }

  private void licence(StringBuilder text) {
    text.append("## Licence\n\n");
    text.append(
        licence
            .map(name -> name + ", as whoever exported these weights says.\n")
            .orElse(
                "None was named when these weights were exported: ask whoever publishes them before"
                    + " using them.\n"));
  }

  private static void row(StringBuilder text, String name, String value) {
    text.append("| ").append(name).append(" | ").append(value).append(" |\n");
  }

  private static void line(StringBuilder text, String line, Object... values) {
    text.append(format(line, values)).append("\n\n");
  }

  private static String format(String text, @Nullable Object... values) {
    return String.format(Locale.ROOT, text, values);
  }
}
