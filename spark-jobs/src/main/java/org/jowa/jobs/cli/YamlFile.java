package org.jowa.jobs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jowa.error.Reason;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.YamlFault;

/** A YAML file that a command line names. */
final class YamlFile {
  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  private YamlFile() {}

  /**
   * @param what the file holds, for messages
   * @throws UsageException if it can't be read, isn't YAML or has a key twice
   */
  static JsonNode read(Path file, String what) {
    try {
      return YAML.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw YamlFault.of(file.toString(), e);
    } catch (IOException e) {
      throw new UsageException(
          "Cannot read %s in %s (%s): is the path right?".formatted(what, file, Reason.of(e)));
    }
  }
}
