package org.jowa.jobs.weights;

import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Manifest.GameStatistics;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.run.RunFolder;
import org.jowa.model.checkpoint.Checkpoint;
import org.jspecify.annotations.Nullable;

/**
 * What a model card says about the data.
 *
 * @param hash of the data set's content; null for weights that were imported
 * @param games of the data set; empty where it isn't at hand
 */
record CardData(@Nullable String hash, List<GameStatistics> games) {

  static CardData of(RunFolder run, Optional<String> data, Checkpoint model, Configuration hadoop) {
    String hash = model.state().inputs().get("dataset");
    List<GameStatistics> games =
        data.or(() -> run.fact(RunFolder.DATA))
            .flatMap(uri -> manifest(uri, hadoop))
            .filter(manifest -> manifest.contentHash().equals(hash))
            .map(Manifest::games)
            .orElse(List.of());
    return new CardData(hash, games);
  }

  private static Optional<Manifest> manifest(String uri, Configuration hadoop) {
    try {
      return Optional.of(Dataset.open(uri, hadoop).manifest());
    } catch (InvalidInputException e) {
      return Optional.empty();
    }
  }
}
