package org.jowa.jobs.report;

import java.util.Map;
import org.jowa.jobs.report.evaluation.EvaluationSummary;

/**
 * An evaluation's folder.
 *
 * @param clips GIF bytes by game
 */
record EvaluationContents(EvaluationSummary summary, Map<String, byte[]> clips) {}
