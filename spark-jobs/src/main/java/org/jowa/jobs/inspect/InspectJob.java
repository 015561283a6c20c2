package org.jowa.jobs.inspect;

import java.util.List;
import org.jowa.data.dataset.Dataset;
import org.jowa.jobs.launch.SparkJobs;

/** Looks into a data set. */
public final class InspectJob {
  private InspectJob() {}

  /**
   * @param data URI of the data set
   * @param verify whether to compare every hash and row, one task for each game
   * @throws org.jowa.error.InvalidInputException if something is not as the manifest says
   */
  public static Inspection run(SparkJobs jobs, String data, boolean verify) {
    Dataset dataset = Dataset.open(data, SparkJobs.hadoop());
    if (verify) {
      List<String> games = dataset.games();
      jobs.each(
          "verify",
          "games",
          games.size(),
          games,
          (game, progress) -> {
            long rows = Dataset.open(data, SparkJobs.hadoop()).verify(game).rows();
            progress.advance(1);
            return rows;
          });
    }
    return Inspection.of(dataset, verify);
  }
}
