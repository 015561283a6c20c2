package org.jowa.jobs.evaluate;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.InvalidInputException;
import org.jowa.error.ReportedException;
import org.jowa.jobs.evaluate.EpisodeGroup.Episode;
import org.jowa.jobs.results.EpisodeResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results of single episodes in an evaluation's folder, each written by its task when it ends, so
 * that an evaluation which is killed goes on where it was.
 */
final class EpisodeResults {
  private static final Logger LOG = LoggerFactory.getLogger(EpisodeResults.class);
  private static final String FOLDER = "results";
  private static final String RESULT = "json";
  private static final String ACTIONS = "actions";

  private final Storage evaluation;

  EpisodeResults(Storage evaluation) {
    this.evaluation = evaluation;
  }

  /**
   * Keeps an episode; its result is written last and says that it has been played.
   *
   * @param actions full-set actions of all its steps
   */
  void write(Episode episode, EpisodeResult result, byte[] actions) {
    if (!episode.random()) {
      WholeFiles.write(evaluation, path(episode, ACTIONS), actions);
    }
    WholeFiles.write(evaluation, path(episode, RESULT), Json.bytes(result));
  }

  /** What the agent did in an episode, an action a step; empty where it isn't known. */
  Optional<byte[]> actions(Episode episode) {
    String path = path(episode, ACTIONS);
    return evaluation.exists(path) ? Optional.of(evaluation.read(path)) : Optional.empty();
  }

  /** What an episode ended with; empty if it has to be played, again where its file is damaged. */
  Optional<EpisodeResult> read(Episode episode) {
    String path = path(episode, RESULT);
    if (!evaluation.exists(path)) {
      return Optional.empty();
    }
    try {
      EpisodeResult result =
          Json.read(evaluation.read(path), EpisodeResult.class, evaluation.describe(path));
      if (episode.game().equals(result.game()) && episode.number() == result.episode()) {
        return Optional.of(result);
      }
      LOG.warn("{} is the result of another episode: it is played again", path);
    } catch (ReportedException e) {
      LOG.warn("{} (the episode is played again)", e.getMessage());
    }
    return Optional.empty();
  }

  /**
   * All episodes of a game that was played to its end.
   *
   * @throws InvalidInputException if one has no result
   */
  List<EpisodeResult> all(EvaluationPlan plan, String game, boolean random) {
    return IntStream.range(0, plan.episodes())
        .mapToObj(number -> new Episode(game, number, random))
        .map(
            episode ->
                read(episode)
                    .orElseThrow(
                        () ->
                            new InvalidInputException(
                                "The result of %s is gone from %s: evaluate again"
                                    .formatted(episode, evaluation))))
        .toList();
  }

  private static String path(Episode episode, String kind) {
    return String.format(
        Locale.ROOT,
        "%s/%s-%s-%05d.%s",
        FOLDER,
        episode.game(),
        episode.random() ? "random" : "agent",
        episode.number(),
        kind);
  }
}
