package org.jowa.jobs.report;

import java.util.List;
import java.util.Optional;
import org.jowa.jobs.results.EvaluationSummary;

/**
 * An evaluation's folder.
 *
 * @param clips in the order of games
 * @param rawScores file of all raw scores, from the run folder
 */
record EvaluationContents(EvaluationSummary summary, List<Clip> clips, Optional<String> rawScores) {
  /**
   * A clip of play.
   *
   * @param words which episode it shows, and what of it
   */
  record Clip(String game, String words, byte[] gif) {}
}
