package org.jowa.jobs.weights;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import org.jowa.data.storage.Storage;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.run.RunFolder;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.train.RunLayout;

/**
 * The evaluations that one checkpoint played.
 *
 * @param evaluations those of a run whose weights have the checkpoint's hash, by name
 */
record CardScores(List<EvaluationSummary> evaluations) {
  static CardScores of(RunFolder run, Checkpoint model) {
    List<EvaluationSummary> found = new ArrayList<>();
    Storage folder = run.storage().folder(RunLayout.EVALUATIONS);
    for (String name : folder.list()) {
      String file = name + "/" + EvaluationSummary.FILE;
      if (folder.length(file).isPresent()) {
        EvaluationSummary summary =
            EvaluationSummary.read(
                new ByteArrayInputStream(folder.read(file)), folder.describe(file));
        if (summary.model().modelHash().equals(model.modelHash())) {
          found.add(summary);
        }
      }
    }
    return new CardScores(found);
  }
}
