package org.jowa.model.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a checkpoint's {@code state.json} says: all that resuming needs beside the tensors, and what
 * the other files have to be. It holds no times and no places, so that equal runs write equal
 * bytes.
 *
 * @param format version of this layout, {@value #FORMAT}
 * @param stage of the last step done, as in metrics: "tokenizer", "stage1" or "stage2"
 * @param step optimizer steps done
 * @param seed of the run
 * @param worldSize ranks that made it
 * @param threads intra-op threads of each rank
 * @param settings everything that decides the run's result, by configuration key
 * @param inputs hashes of what was trained on: {@code dataset}, {@code tokenizer}, ...
 * @param versions of what made it: {@code jowa}, {@code libtorch}, {@code java}
 * @param counters whole numbers that go on when resumed, such as steps since the last target copy
 * @param files every other file of the folder
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record CheckpointState(
    int format,
    String stage,
    long step,
    long seed,
    int worldSize,
    int threads,
    Map<String, String> settings,
    Map<String, String> inputs,
    Map<String, String> versions,
    Map<String, Long> counters,
    Map<String, FileEntry> files) {
  /** The only layout there is so far. */
  public static final int FORMAT = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  /**
   * A file of the checkpoint.
   *
   * @param size in bytes
   * @param sha256 of its content, in hexadecimal
   */
  public record FileEntry(long size, String sha256) {}

  /** Sorts all maps: equal states give equal bytes. */
  public CheckpointState {
    settings = sorted(settings);
    inputs = sorted(inputs);
    versions = sorted(versions);
    counters = sorted(counters);
    files = sorted(files);
  }

  /** The state before its files are written. */
  public static CheckpointState of(
      String stage,
      long step,
      long seed,
      int worldSize,
      int threads,
      Map<String, String> settings,
      Map<String, String> inputs,
      Map<String, String> versions,
      Map<String, Long> counters) {
    return new CheckpointState(
        FORMAT, stage, step, seed, worldSize, threads, settings, inputs, versions, counters,
        Map.of());
  }

  CheckpointState withFiles(Map<String, FileEntry> written) {
    return new CheckpointState(
        format, stage, step, seed, worldSize, threads, settings, inputs, versions, counters,
        written);
  }

  byte[] toJson() {
    try {
      return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * @throws DamagedException if it isn't such a document
   */
  static CheckpointState fromJson(byte[] json) throws DamagedException {
    try {
      CheckpointState state = JSON.readValue(json, CheckpointState.class);
      if (state == null || state.format != FORMAT || state.stage == null) {
        throw new DamagedException(
            "its state.json is of format "
                + (state == null ? "null" : state.format)
                + ", this version reads format "
                + FORMAT);
      }
      return state;
    } catch (IOException e) {
      throw new DamagedException("its state.json can't be read");
    }
  }

  private static <V> Map<String, V> sorted(Map<String, V> map) {
    return Collections.unmodifiableMap(map == null ? new TreeMap<>() : new TreeMap<>(map));
  }
}
