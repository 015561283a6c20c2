package org.jowa.model.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jowa.data.storage.LocalFiles;
import org.jowa.data.storage.Locations;
import org.jowa.error.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * The run's {@code metrics.jsonl}: one JSON object a line. Written by rank 0 only. Where the file
 * system can't append, as in object stores, lines wait for {@link #saving} and the file is written
 * anew.
 */
final class MetricsLog implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  private final FileSystem fileSystem;
  private final Path file;
  private final List<String> lines;
  private @Nullable FSDataOutputStream appending;
  private boolean unsaved;

  private MetricsLog(FileSystem fileSystem, Path file, List<String> lines) {
    this.fileSystem = fileSystem;
    this.file = file;
    this.lines = lines;
  }

  /**
   * Opens the log to go on after a step: later lines of the same stages are dropped, and so is a
   * last line that was cut short by a kill.
   *
   * @param stages whose lines this training writes; all others stay
   * @param step steps done so far; less than 0 to drop all lines of the stages
   * @throws StoreException if the file can't be read or written
   */
  static MetricsLog open(String uri, Configuration configuration, Set<String> stages, long step) {
    Path file = Locations.resolve(uri, configuration);
    try {
      FileSystem fileSystem = LocalFiles.plain(file.getFileSystem(configuration));
      MetricsLog log = new MetricsLog(fileSystem, file, kept(fileSystem, file, stages, step));
      log.rewrite(log.lines);
      log.startAppending();
      return log;
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /** Adds a line. */
  void add(ObjectNode object) {
    try {
      String line = JSON.writeValueAsString(object) + "\n";
      if (appending == null) {
        lines.add(line);
        unsaved = true;
      } else {
        appending.write(line.getBytes(StandardCharsets.UTF_8));
        appending.hflush();
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /**
   * What makes sure that all lines so far are in the file; to be run before a checkpoint of their
   * step is committed, in any thread, but to its end before the next one or {@link #close}.
   */
  Runnable saving() {
    if (!unsaved) {
      return () -> {};
    }
    List<String> soFar = List.copyOf(lines);
    unsaved = false;
    return () -> {
      try {
        rewrite(soFar);
      } catch (IOException e) {
        throw failed(file, e);
      }
    };
  }

  @Override
  public void close() {
    saving().run();
    if (appending != null) {
      try {
        appending.close();
      } catch (IOException e) {
        throw failed(file, e);
      }
    }
  }

  private static List<String> kept(FileSystem fileSystem, Path file, Set<String> stages, long step)
      throws IOException {
    Path source = fileSystem.exists(file) ? file : rewritten(file);
    List<String> kept = new ArrayList<>();
    String content;
    try (InputStream in = fileSystem.open(source)) {
      content = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      return kept;
    }
    for (String line : content.split("\n")) {
      if (stays(line, stages, step)) {
        kept.add(line + "\n");
      }
    }
    return kept;
  }

  private static boolean stays(String line, Set<String> stages, long step) {
    try {
      JsonNode object = JSON.readTree(line);
      return object.hasNonNull("stage")
          && (!stages.contains(object.get("stage").asText())
              || object.path("step").asLong() <= step);
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /** Through a second file, so that a kill half-way loses no line. */
  private void rewrite(List<String> content) throws IOException {
    Path next = rewritten(file);
    write(next, content);
    fileSystem.delete(file, false);
    try {
      if (fileSystem.rename(next, file)) {
        return;
      }
    } catch (UnsupportedOperationException e) {
      // As good as the answer that it can't be renamed.
    }
    write(file, content);
    fileSystem.delete(next, false);
  }

  private void write(Path target, List<String> content) throws IOException {
    try (FSDataOutputStream out = fileSystem.create(target, true)) {
      for (String line : content) {
        out.write(line.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private void startAppending() {
    try {
      appending = fileSystem.append(file);
      lines.clear();
    } catch (UnsupportedOperationException | IOException e) {
      // Stores say in either way that they can't; a file that can't be written shows at the flush.
    }
  }

  private static Path rewritten(Path file) {
    return file.suffix(".next");
  }

  private static StoreException failed(Path file, IOException e) {
    return new StoreException(
        "Cannot write metrics to %s: %s; free space or mend that file system, then run the same command again"
            .formatted(file, e.getMessage()),
        e);
  }
}
