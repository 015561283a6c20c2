package org.jowa.model.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.Safetensors;

/** A folder of golden vectors: its manifest and its files. */
final class GoldenSet {
  private final Path folder;
  private final JsonNode manifest;

  private GoldenSet(Path folder, JsonNode manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /**
   * @throws InvalidInputException if the folder has no readable manifest
   */
  static GoldenSet open(Path folder) {
    Path file = folder.resolve("manifest.json");
    try {
      return new GoldenSet(folder, new ObjectMapper().readTree(file.toFile()));
    } catch (IOException e) {
      throw new InvalidInputException(
          "Cannot read golden vectors: no readable " + file + "; give the folder that holds it", e);
    }
  }

  /** Names of the manifest's files that start and end so, without the ending, sorted. */
  List<String> names(String start, String end) {
    List<String> names = new ArrayList<>();
    manifest
        .get("files")
        .fieldNames()
        .forEachRemaining(
            file -> {
              if (file.startsWith(start) && file.endsWith(end + ".safetensors")) {
                names.add(file.substring(0, file.length() - ".safetensors".length()));
              }
            });
    names.sort(null);
    return names;
  }

  /** The manifest's note on a file of tensors. */
  String note(String name) {
    return manifest.get("files").path(name + ".safetensors").asText();
  }

  /** The note of a case, which is JSON. */
  JsonNode settings(String name) {
    try {
      return new ObjectMapper().readTree(note(name));
    } catch (IOException e) {
      throw new InvalidInputException(
          "The manifest's note on " + name + " in " + folder + " is not JSON: " + note(name), e);
    }
  }

  /** The cases that a JSON file of the set lists; none if it has no such file. */
  List<JsonNode> cases(String name) {
    Path file = folder.resolve(name + ".json");
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    try {
      List<JsonNode> cases = new ArrayList<>();
      new ObjectMapper().readTree(file.toFile()).forEach(cases::add);
      return cases;
    } catch (IOException e) {
      throw new InvalidInputException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Parameter names of a set of weights in the order of {@code grad_norms}. */
  List<String> parameterOrder(String weights) {
    List<String> names = new ArrayList<>();
    manifest.path("param_order").path(weights).forEach(name -> names.add(name.asText()));
    return names;
  }

  boolean has(String name) {
    return Files.isRegularFile(folder.resolve(name + ".safetensors"));
  }

  Safetensors read(String name) {
    return Safetensors.read(folder.resolve(name + ".safetensors"));
  }
}
