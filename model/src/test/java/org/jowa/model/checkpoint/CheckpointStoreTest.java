package org.jowa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.error.InvalidInputException;
import org.jowa.error.StoreException;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
  @TempDir Path root;
  private final List<String> warnings = new ArrayList<>();
  private CheckpointStore store;

  @BeforeEach
  void open() throws IOException {
    store = open(new RawLocalFileSystem());
  }

  private CheckpointStore open(FileSystem fileSystem) throws IOException {
    fileSystem.initialize(URI.create("file:///"), new Configuration(false));
    return CheckpointStore.open(
        fileSystem, new org.apache.hadoop.fs.Path(root.toUri()), warnings::add);
  }

  @Test
  void readsBackWhatWasWritten() {
    write(store, 500);

    Checkpoint newest = store.newest().orElseThrow();
    assertThat(newest.state().step()).isEqualTo(500);
    assertThat(newest.state().stage()).isEqualTo("stage1");
    assertThat(newest.state().settings()).containsEntry("world.layers", "3");
    assertThat(newest.state().inputs()).containsEntry("dataset", "d1");
    assertThat(newest.state().counters()).containsEntry("steps-since-target-copy", 17L);
    assertThat(newest.state().files()).containsOnlyKeys(Checkpoint.MODEL, Checkpoint.OPTIMIZER);
    assertThat(newest.location()).isEqualTo(root.resolve("step-00000500").toString());
    try (Safetensors model = newest.model();
        StepScope scope = StepScope.inference()) {
      FloatPointer values = model.tensor("w").data_ptr_float();
      assertThat(values.get(1)).isEqualTo(500f);
    }
    assertThat(CheckpointStore.read(newest.location(), new Configuration(false)).modelHash())
        .isEqualTo(newest.modelHash());
    assertThat(warnings).isEmpty();
  }

  @Test
  void equalContentGivesEqualBytesAndNoOtherFiles() throws IOException {
    write(store, 1);
    byte[] first = Files.readAllBytes(root.resolve("step-00000001/state.json"));
    write(store, 1);
    assertThat(Files.readAllBytes(root.resolve("step-00000001/state.json"))).isEqualTo(first);
    try (Stream<Path> files = Files.list(root.resolve("step-00000001"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("model.safetensors", "optimizer.safetensors", "state.json");
    }
  }

  @Test
  void withoutAnyCheckpointThereIsNone() {
    assertThat(store.newest()).isEmpty();
    assertThat(store.steps()).isEmpty();
  }

  @Test
  void newestGoesByNumberNotByTimeOrText() {
    write(store, 100_000_000L);
    write(store, 99_999_999L);
    assertThat(store.newest().orElseThrow().state().step()).isEqualTo(100_000_000L);
    assertThat(store.steps()).containsExactly(99_999_999L, 100_000_000L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"no state", "half a state", "no model", "short", "altered", "empty state"})
  void aDamagedNewestOneIsSkippedWithOneWarning(String damage) throws IOException {
    write(store, 10);
    write(store, 20);
    damage(20, damage);

    assertThat(store.newest().orElseThrow().state().step()).isEqualTo(10);
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("step-00000020")
        .contains("going on from")
        .contains("step-00000010")
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"no state", "half a state", "no model", "short", "altered", "empty state"})
  void aDamagedOnlyOneIsRefused(String damage) throws IOException {
    write(store, 20);
    damage(20, damage);

    assertThatThrownBy(() -> store.newest())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("step-00000020")
        .hasMessageContaining("damaged")
        .hasMessageContaining("no older whole one");
    assertThatThrownBy(() -> store.at(20).model().close())
        .isInstanceOf(InvalidInputException.class);
    assertThat(warnings).isEmpty();
  }

  @Test
  void aRunKilledInItsVeryFirstWriteBeginsAgain() throws IOException {
    write(store, 0);
    damage(0, "no state");
    assertThat(store.newest()).isEmpty();
  }

  @Test
  void anAlteredFirstCheckpointIsRefused() throws IOException {
    write(store, 0);
    damage(0, "altered");
    assertThatThrownBy(() -> store.newest()).isInstanceOf(InvalidInputException.class);
  }

  @Test
  void alteredWeightsAreRefusedEvenWhenReadAfterOpening() throws IOException {
    Checkpoint checkpoint = write(store, 20);
    damage(20, "altered");
    assertThatThrownBy(checkpoint::model)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("SHA-256");
  }

  @Test
  void aStaleFolderIsClearedBeforeWriting() throws IOException {
    Path stale = Files.createDirectories(root.resolve("step-00000007"));
    Files.writeString(stale.resolve("model.safetensors"), "half");
    Files.writeString(stale.resolve("left-over"), "x");
    write(store, 7);
    assertThat(stale.resolve("left-over")).doesNotExist();
    assertThat(store.newest().orElseThrow().state().step()).isEqualTo(7);
  }

  @Test
  void aFailingWriteLeavesTheOlderOnesAsTheyWere() throws IOException {
    write(store, 10);
    byte[] before = Files.readAllBytes(root.resolve("step-00000010/model.safetensors"));
    CheckpointStore full = open(new FullDisk(100));

    assertThatThrownBy(() -> write(full, 20))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("step-00000020")
        .hasMessageContaining("No space left on device");
    assertThat(root.resolve("step-00000020")).doesNotExist();
    assertThat(Files.readAllBytes(root.resolve("step-00000010/model.safetensors")))
        .isEqualTo(before);
    assertThat(store.newest().orElseThrow().state().step()).isEqualTo(10);
    assertThat(warnings).isEmpty();
  }

  @Test
  void aFolderThatAStoreStillListsAfterItsDeletionIsNoCheckpoint() throws IOException {
    FileSystem objects = new ObjectStore();
    objects.initialize(URI.create("store:///"), ObjectStore.addTo(new Configuration(false)));
    CheckpointStore onObjects =
        CheckpointStore.open(
            objects, new org.apache.hadoop.fs.Path("store://" + root), warnings::add);
    for (long step : new long[] {10, 20, 30}) {
      write(onObjects, step);
      onObjects.retain(1);
    }
    assertThat(onObjects.steps()).containsExactly(10L, 20L, 30L);
    assertThat(onObjects.newest().orElseThrow().state().step()).isEqualTo(30);
    objects.delete(new org.apache.hadoop.fs.Path("store://" + root + "/step-00000030"), true);
    assertThat(onObjects.newest()).isEmpty();
    assertThat(warnings).isEmpty();
  }

  @Test
  void aReaderThatLosesItsCheckpointSaysSoInOneLine() {
    Checkpoint old = write(store, 10);
    write(store, 20);
    store.retain(1);
    assertThatThrownBy(() -> old.model().close())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("step-00000010 was deleted while it was read")
        .hasMessageNotContaining("\n");
  }

  @Test
  void halfWrittenFoldersAfterTheStepThatTrainingGoesOnFromAreDeleted() throws IOException {
    for (long step : new long[] {5, 10, 20, 30}) {
      write(store, step);
    }
    damage(5, "no state");
    damage(20, "half a state");
    damage(30, "altered");
    store.deleteLeftovers(10);
    // What was committed and altered later isn't a leftover; older ones go with retention.
    assertThat(store.steps()).containsExactly(5L, 10L, 30L);
  }

  @Test
  void keepsTheNewestOnes() {
    for (long step : new long[] {0, 10, 20, 30}) {
      write(store, step);
      store.retain(2);
    }
    assertThat(store.steps()).containsExactly(20L, 30L);
  }

  @Test
  void theOnlyWholeOneIsNeverDeleted() throws IOException {
    write(store, 10);
    write(store, 20);
    write(store, 30);
    damage(20, "no state");
    damage(30, "altered");
    CheckpointStore reopened = open(new RawLocalFileSystem());

    reopened.retain(1);

    assertThat(reopened.newest().orElseThrow().state().step()).isEqualTo(10);
  }

  @Test
  void otherFoldersAreLeftAlone() throws IOException {
    Path other = Files.createDirectories(root.resolve("step-best"));
    Files.writeString(root.resolve("step-00000005"), "a file, not a folder");
    write(store, 1);
    write(store, 2);
    store.retain(1);
    assertThat(other).exists();
    assertThat(store.steps()).containsExactly(2L);
  }

  @Test
  void aMissingCheckpointIsNamed() {
    assertThatThrownBy(() -> store.at(3))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("step-00000003");
  }

  private void damage(long step, String how) throws IOException {
    Path folder = root.resolve(String.format(Locale.ROOT, "step-%08d", step));
    Path state = folder.resolve("state.json");
    Path model = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(model);
    switch (how) {
      case "no state" -> Files.delete(state);
      case "empty state" -> Files.writeString(state, "");
      case "half a state" ->
          Files.writeString(
              state, Files.readString(state, StandardCharsets.UTF_8).substring(0, 60));
      case "no model" -> Files.delete(model);
      case "short" -> Files.write(model, Arrays.copyOf(bytes, bytes.length - 1));
      case "altered" -> {
        bytes[bytes.length - 1] ^= 1;
        Files.write(model, bytes);
      }
      default -> throw new IllegalArgumentException(how);
    }
  }

  private static Checkpoint write(CheckpointStore store, long step) {
    Map<String, FileContent> contents = new LinkedHashMap<>();
    contents.put(Checkpoint.MODEL, out -> writeTensors(out, step));
    contents.put(Checkpoint.OPTIMIZER, out -> writeTensors(out, -step));
    return store.write(state(step), contents);
  }

  private static void writeTensors(OutputStream out, float value) throws IOException {
    try (StepScope scope = StepScope.inference()) {
      Tensor tensor = torch.zeros(new long[] {3});
      tensor.data_ptr_float().put(1, value);
      Safetensors.write(out, Map.of("w", tensor), Map.of());
    }
  }

  private static CheckpointState state(long step) {
    return CheckpointState.of(
        "stage1",
        step,
        0,
        2,
        1,
        Map.of("world.layers", "3", "world.width", "128"),
        Map.of("dataset", "d1"),
        Map.of("jowa", "test"),
        Map.of("steps-since-target-copy", 17L));
  }

  /** A disk with room for so many bytes in each file. */
  private static final class FullDisk extends FilterFileSystem {
    private final int room;

    FullDisk(int room) {
      super(new RawLocalFileSystem());
      this.room = room;
    }

    @Override
    public FSDataOutputStream create(
        org.apache.hadoop.fs.Path file,
        FsPermission permission,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      OutputStream out =
          super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress);
      return new FSDataOutputStream(
          new OutputStream() {
            private int left = room;

            @Override
            public void write(int value) throws IOException {
              if (left-- == 0) {
                throw new IOException("No space left on device");
              }
              out.write(value);
            }

            @Override
            public void close() throws IOException {
              out.close();
            }
          },
          null);
    }
  }
}
