package org.jowa.jobs.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.UsageException;
import org.jowa.jobs.results.EvaluationSummary;

/**
 * Everything that decides the scores of an evaluation, kept in its folder: the same command goes on
 * with it, another one is refused.
 *
 * @param settings by name, as messages show them
 */
record EvaluationIdentity(Map<String, String> settings) {
  static final String FILE = "settings.json";

  EvaluationIdentity {
    settings = new TreeMap<>(settings);
  }

  /**
   * Says what a folder is an evaluation of, or sees that it is that already.
   *
   * @throws UsageException if the folder has an evaluation of other settings
   */
  void claim(Storage evaluation) {
    if (evaluation.exists(FILE)) {
      List<String> differences =
          differences(
              Json.read(
                  evaluation.read(FILE), EvaluationIdentity.class, evaluation.describe(FILE)));
      if (!differences.isEmpty()) {
        throw new UsageException(
            "%s holds an evaluation of other settings (%s): give the same again to go on, choose another --name, or delete the folder"
                .formatted(evaluation, String.join("; ", differences)));
      }
      return;
    }
    if (evaluation.exists(EvaluationSummary.FILE)) {
      throw new UsageException(
          "%s holds an evaluation of an older version: choose another --name or delete the folder"
              .formatted(evaluation));
    }
    WholeFiles.write(evaluation, FILE, Json.bytes(this));
  }

  private List<String> differences(EvaluationIdentity there) {
    TreeSet<String> names = new TreeSet<>(settings.keySet());
    names.addAll(there.settings.keySet());
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      String now = settings.get(name);
      String then = there.settings.get(name);
      if (!Objects.equals(now, then)) {
        differences.add(
            "%s is %s there, now %s"
                .formatted(name, then == null ? "not set" : then, now == null ? "not set" : now));
      }
    }
    return differences;
  }
}
