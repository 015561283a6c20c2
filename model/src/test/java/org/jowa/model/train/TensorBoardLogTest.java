package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class TensorBoardLogTest extends TrainingTests {
  private static List<Path> files(ToyTraining training) throws IOException {
    try (Stream<Path> files = Files.list(training.run.resolve("tensorboard/model"))) {
      return files.sorted().toList();
    }
  }

  /** Everything in the event files: scalars by step and tag. A step that is there twice fails. */
  private static Map<Long, Map<String, Float>> scalars(ToyTraining training) throws IOException {
    Map<Long, Map<String, Float>> steps = new TreeMap<>();
    for (Path file : files(training)) {
      List<ByteBuffer> events = frames(Files.readAllBytes(file));
      assertThat(new Event(events.get(0)).version).isEqualTo("brain.Event:2");
      for (ByteBuffer frame : events) {
        Event event = new Event(frame);
        if (!event.scalars.isEmpty()) {
          assertThat(steps.put(event.step, event.scalars)).as("step %d", event.step).isNull();
        }
      }
    }
    return steps;
  }

  private static List<ByteBuffer> frames(byte[] bytes) {
    List<ByteBuffer> frames = new ArrayList<>();
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (file.hasRemaining()) {
      int start = file.position();
      int length = (int) file.getLong();
      assertThat(file.getInt()).isEqualTo(masked(bytes, start, 8));
      ByteBuffer event = file.slice(start + 12, length).order(ByteOrder.LITTLE_ENDIAN);
      file.position(start + 12 + length);
      assertThat(file.getInt()).isEqualTo(masked(bytes, start + 12, length));
      frames.add(event);
    }
    return frames;
  }

  private static int masked(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    int value = (int) crc.getValue();
    return ((value >>> 15) | (value << 17)) + 0xa282ead8;
  }

  /** The fields of an event that this project writes. */
  private static final class Event {
    String version = "";
    long step;
    boolean restart;
    final Map<String, Float> scalars = new TreeMap<>();

    Event(ByteBuffer message) {
      while (message.hasRemaining()) {
        switch ((int) varint(message)) {
          case 1 << 3 | 1 -> assertThat(message.getDouble()).isGreaterThan(1.6e9);
          case 2 << 3 -> step = varint(message);
          case 3 << 3 | 2 -> version = text(message);
          case 5 << 3 | 2 -> summary(nested(message));
          case 7 << 3 | 2 -> {
            ByteBuffer session = nested(message);
            assertThat(varint(session)).isEqualTo(1 << 3);
            restart = varint(session) == 1;
          }
          default -> throw new AssertionError("unknown field in " + message);
        }
      }
    }

    private void summary(ByteBuffer message) {
      while (message.hasRemaining()) {
        assertThat(varint(message)).isEqualTo(1 << 3 | 2);
        ByteBuffer value = nested(message);
        assertThat(varint(value)).isEqualTo(1 << 3 | 2);
        String tag = text(value);
        assertThat(varint(value)).isEqualTo(2 << 3 | 5);
        scalars.put(tag, value.getFloat());
      }
    }

    private static ByteBuffer nested(ByteBuffer message) {
      int length = (int) varint(message);
      ByteBuffer inside = message.slice(message.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      message.position(message.position() + length);
      return inside;
    }

    private static String text(ByteBuffer message) {
      return StandardCharsets.UTF_8.decode(nested(message)).toString();
    }

    private static long varint(ByteBuffer message) {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = message.get();
        value |= (long) (next & 0x7f) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }
  }

  /** What metrics.jsonl says, by the same tags. */
  private static Map<Long, Map<String, Float>> metrics(ToyTraining training) throws IOException {
    Map<Long, Map<String, Float>> steps = new TreeMap<>();
    for (JsonNode line : training.metrics()) {
      Map<String, Float> scalars = new TreeMap<>();
      line.fields()
          .forEachRemaining(
              field -> {
                if (field.getValue().isNumber() && !field.getKey().equals("step")) {
                  scalars.put("training/" + field.getKey(), field.getValue().floatValue());
                }
              });
      line.path("heldOut")
          .fields()
          .forEachRemaining(f -> scalars.put("heldOut/" + f.getKey(), f.getValue().floatValue()));
      line.path("games")
          .fields()
          .forEachRemaining(
              game ->
                  game.getValue()
                      .fields()
                      .forEachRemaining(
                          f ->
                              scalars.put(
                                  "games/" + game.getKey() + "/" + f.getKey(),
                                  f.getValue().floatValue())));
      steps.put(line.get("step").asLong(), scalars);
    }
    return steps;
  }

  @Test
  void hasTheNumbersOfTheMetricsFile() throws IOException {
    ToyTraining training = new ToyTraining(folder);
    training.results();
    assertThat(scalars(training))
        .isEqualTo(metrics(training))
        .containsOnlyKeys(0L, 3L, 6L, 8L, 9L, 12L);
    assertThat(scalars(training).get(6L))
        .containsKeys(
            "training/total",
            "training/gradientNorm",
            "training/sequencesPerSecond",
            "heldOut/total",
            "games/Pong/total");
    // Length 24 and its checksum, as in every event file that TensorFlow writes.
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(files(training).get(0)), 0, 12))
        .isEqualTo("1800000000000000a37f4b22");
  }

  @Test
  void aResumedRunGoesOnWithoutAnyStepTwice() throws IOException {
    ToyTraining died = new ToyTraining(folder);
    died.disturbance = ToyTraining.Disturbance.deathOfRank1(7);
    died.outcomes();
    // Step 6 was logged and has to be done again.
    assertThat(scalars(died)).containsKey(6L);
    Path first = files(died).get(0);
    byte[] whole = Files.readAllBytes(first);
    Files.write(first, Arrays.copyOf(whole, whole.length - 3));

    ToyTraining resumed = new ToyTraining(folder);
    resumed.results();

    assertThat(files(resumed)).hasSize(2).startsWith(first);
    assertThat(scalars(resumed)).isEqualTo(metrics(resumed)).hasSize(6);
    List<ByteBuffer> second = frames(Files.readAllBytes(files(resumed).get(1)));
    Event restart = new Event(second.get(1));
    assertThat(restart.restart).isTrue();
    assertThat(restart.step).isEqualTo(6);
  }

  @Test
  void whereFilesAreSeenWhenTheyAreClosedThereIsOneForEachCheckpoint() throws IOException {
    ToyTraining died = new ToyTraining(folder);
    died.storedAsObjects();
    died.disturbance = ToyTraining.Disturbance.deathOfRank1(11);
    died.outcomes();
    ToyTraining resumed = new ToyTraining(folder);
    resumed.storedAsObjects();
    resumed.results();
    assertThat(files(resumed).size()).isGreaterThan(3);
    assertThat(scalars(resumed)).isEqualTo(metrics(resumed)).hasSize(6);
  }

  @Test
  void aNewRunInTheSameFolderDropsTheOldCurves() throws IOException {
    ToyTraining training = new ToyTraining(folder);
    training.results();
    try (TensorBoardLog log =
        TensorBoardLog.open(
            training.run.resolve("tensorboard/model").toString(), training.hadoop, -1)) {
      log.add(1, Map.of("training/total", 0.5));
    }
    assertThat(scalars(training)).isEqualTo(Map.of(1L, Map.of("training/total", 0.5f)));
  }
}
