package org.jowa.jobs.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jowa.data.storage.Storage;

/**
 * A checkpoint as its {@code state.json} describes it; the hashes are not checked here.
 *
 * @param folder relative to the run folder
 * @param seed of the run
 * @param ranks that made it
 * @param threads of each rank
 * @param modelHash SHA-256 of {@code model.safetensors}
 * @param versions of what made it, by name
 */
record CheckpointFacts(
    String folder,
    String stage,
    long step,
    long seed,
    int ranks,
    int threads,
    String modelHash,
    Map<String, String> versions) {

  /** All committed checkpoints in {@code folder}, the newest last. */
  static List<CheckpointFacts> in(Storage run, String folder) {
    List<CheckpointFacts> checkpoints = new ArrayList<>();
    for (String name : run.folder(folder).list()) {
      String state = folder + "/" + name + "/state.json";
      if (run.length(state).isPresent()) {
        parse(folder + "/" + name, run.read(state)).ifPresent(checkpoints::add);
      }
    }
    return checkpoints;
  }

  /** Empty for a damaged state: training would not use the checkpoint either. */
  private static Optional<CheckpointFacts> parse(String folder, byte[] state) {
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(state);
    } catch (IOException e) {
      return Optional.empty();
    }
    Map<String, String> versions = new TreeMap<>();
    json.path("versions")
        .fields()
        .forEachRemaining(entry -> versions.put(entry.getKey(), entry.getValue().asText()));
    return Optional.of(
        new CheckpointFacts(
            folder,
            json.path("stage").asText(),
            json.path("step").asLong(),
            json.path("seed").asLong(),
            json.path("worldSize").asInt(),
            json.path("threads").asInt(),
            json.path("files").path("model.safetensors").path("sha256").asText(),
            versions));
  }
}
