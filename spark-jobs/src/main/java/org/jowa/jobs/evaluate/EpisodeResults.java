package org.jowa.jobs.evaluate;

import java.util.Locale;
import java.util.Optional;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.evaluate.EpisodeGroup.Episode;
import org.jowa.jobs.report.evaluation.EpisodeResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results of single episodes in an evaluation's folder, each written by its task when it ends, so
 * that an evaluation which is killed goes on where it was.
 */
final class EpisodeResults {
  private static final Logger LOG = LoggerFactory.getLogger(EpisodeResults.class);
  private static final String FOLDER = "results";

  private final Storage evaluation;

  EpisodeResults(Storage evaluation) {
    this.evaluation = evaluation;
  }

  void write(Episode episode, EpisodeResult result) {
    WholeFiles.write(evaluation, path(episode), Json.bytes(result));
  }

  /** What an episode ended with; empty if it has to be played, again where its file is damaged. */
  Optional<EpisodeResult> read(Episode episode) {
    String path = path(episode);
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
    } catch (InvalidInputException e) {
      LOG.warn("{} (the episode is played again)", e.getMessage());
    }
    return Optional.empty();
  }

  private static String path(Episode episode) {
    return String.format(
        Locale.ROOT,
        "%s/%s-%s-%05d.json",
        FOLDER,
        episode.game(),
        episode.random() ? "random" : "agent",
        episode.number());
  }
}
