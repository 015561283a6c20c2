package org.jowa.jobs.report;

import java.util.Map;
import java.util.Optional;
import org.jowa.jobs.report.evaluation.EvaluationSummary;

/**
 * An evaluation's folder.
 *
 * @param clips GIF bytes by game
 * @param rawScores file of all raw scores, from the run folder
 */
record EvaluationContents(
    EvaluationSummary summary, Map<String, byte[]> clips, Optional<String> rawScores) {}
