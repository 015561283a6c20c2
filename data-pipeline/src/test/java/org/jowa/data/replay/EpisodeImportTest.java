package org.jowa.data.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpisodeImportTest {
  private static final Game PONG = Games.byName("Pong");

  private static final List<EpisodeFormat> FORMATS =
      List.of(new NpzFormat(), new NpyFolderFormat(), new Hdf5Format());

  @TempDir Path root;

  @Test
  void episodesBecomeALogInTheOrderOfTheirNames() throws IOException {
    npz("b.npz", arrays(3, "(3, 1, 84, 84)", 10));
    npz("a.npz", arrays(2, "(2, 84, 84)", 1));
    assertThat(EpisodeImport.games(Storage.at(source().toString()), FORMATS)).containsExactly(PONG);
    copy(EpisodeImport.Actions.MINIMAL);
    WholeLog log = WholeLog.read(root.resolve("logs"), PONG, 1, ReplayRows.JOINED);
    assertThat(log.scan().lengths()).containsExactly(2, 3);
    assertThat(log.scan().rawReturns()).containsExactly(2.5, 8.5);
    List<WholeLog.Step> steps = log.episodes().stream().flatMap(List::stream).toList();
    assertThat(steps).extracting(WholeLog.Step::frame).containsExactly(1, 2, 10, 11, 12);
    assertThat(steps).extracting(WholeLog.Step::action).containsExactly(0, 1, 0, 1, 2);
    assertThat(steps).extracting(WholeLog.Step::reward).containsExactly(-.5f, 1f, -.5f, 1f, 1f);
    assertThat(log.scan().recording().policy()).isEqualTo("me");
  }

  /** Frames 1, 2 and 10 to 12 in all of them; the files' other episodes don't end. */
  @ParameterizedTest
  @ValueSource(strings = {"minari.hdf5", "d4rl.hdf5"})
  void whatOthersKeepIsReadAsTheSamePlayInALog(String file) throws IOException {
    npz("a.npz", arrays(2, "(2, 84, 84)", 1));
    npz("b.npz", arrays(3, "(3, 84, 84)", 10));
    copy(EpisodeImport.Actions.MINIMAL);
    WholeLog log = WholeLog.read(root.resolve("logs"), PONG, 1, ReplayRows.JOINED);
    Files.delete(source().resolve("Pong/a.npz"));
    Files.delete(source().resolve("Pong/b.npz"));

    fixture(file, "Pong/" + file);
    EpisodeImport.Imported imported = copy(EpisodeImport.Actions.MINIMAL, 2);
    assertThat(imported).isEqualTo(new EpisodeImport.Imported(5, file.startsWith("d") ? 2 : 1));
    WholeLog same = WholeLog.read(root.resolve("logs"), PONG, 2, ReplayRows.JOINED);
    assertThat(same.episodes()).isEqualTo(log.episodes());
    assertThat(same.scan().rawReturns()).isEqualTo(log.scan().rawReturns());
  }

  /** As the paper's archive of fine-tuning games: a file a game, a group an episode. */
  @Test
  void groupsOfAFileComeInTheOrderOfTheirNumbers() throws IOException {
    fixture("paper.hdf5", "Pong.hdf5");
    assertThat(EpisodeImport.games(Storage.at(source().toString()), FORMATS)).containsExactly(PONG);
    copy(EpisodeImport.Actions.MINIMAL);
    WholeLog log = WholeLog.read(root.resolve("logs"), PONG, 1, ReplayRows.JOINED);
    assertThat(log.scan().lengths()).containsExactly(2, 3, 2);
    List<WholeLog.Step> steps = log.episodes().stream().flatMap(List::stream).toList();
    assertThat(steps).extracting(WholeLog.Step::frame).containsExactly(1, 2, 10, 11, 12, 20, 21);
    assertThat(steps).extracting(WholeLog.Step::action).containsExactly(0, 1, 0, 1, 2, 0, 1);
  }

  /** Neither its blocks nor ours end where the other's do. */
  @Test
  void aLongDataSetIsReadBlockByBlock() throws IOException {
    fixture("long.hdf5", "Pong/long.h5");
    copy(EpisodeImport.Actions.MINIMAL);
    WholeLog log = WholeLog.read(root.resolve("logs"), PONG, 1, ReplayRows.JOINED);
    assertThat(log.episodes().get(0))
        .extracting(WholeLog.Step::frame)
        .containsExactlyElementsOf(
            // The steps' pixels are signed.
            IntStream.range(0, 1100).map(row -> (byte) (row % 200)).boxed().toList());
  }

  @Test
  void arraysMayBeFilesOfAFolder() throws IOException {
    Path episode = Files.createDirectories(source().resolve("Pong/first"));
    for (Map.Entry<String, byte[]> array : arrays(2, "(2, 84, 84)", 7).entrySet()) {
      Files.write(episode.resolve(array.getKey() + ".npy"), array.getValue());
    }
    copy(EpisodeImport.Actions.MINIMAL);
    WholeLog log = WholeLog.read(root.resolve("logs"), PONG, 1, ReplayRows.JOINED);
    assertThat(log.episodes().get(0)).extracting(WholeLog.Step::frame).containsExactly(7, 8);
    Files.delete(episode.resolve("rewards.npy"));
    assertThatThrownBy(() -> copy(EpisodeImport.Actions.MINIMAL, 2))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(
            "Pong/first: it has no array rewards, only [actions, observations, terminals]");
  }

  @Test
  void onlyWhatIsSaidToBeCutIsLeftOut() throws IOException {
    Map<String, byte[]> cut = arrays(2, "(2, 84, 84)", 1);
    cut.put("terminals", array("|b1", "(2,)", NpyFiles.buffer(2)));
    cut.put("truncations", array("|b1", "(2,)", NpyFiles.buffer(2).put(1, (byte) 1)));
    npz("a.npz", cut);
    assertThatThrownBy(() -> copy(EpisodeImport.Actions.MINIMAL))
        .hasMessageContaining("No whole episodes of Pong")
        .hasMessageContaining("all 1 are cut");
    npz("b.npz", arrays(3, "(3, 84, 84)", 10));
    assertThat(copy(EpisodeImport.Actions.MINIMAL, 2)).isEqualTo(new EpisodeImport.Imported(3, 1));
  }

  @Test
  void hdf5ThatIsNotAsDescribedIsRefused() throws IOException {
    fixture("scans.hdf5", "Pong/a.hdf5");
    assertRefusedHdf5("it has neither data sets observations, actions, rewards and terminals");
    fixture("floats.hdf5", "Pong/a.hdf5");
    assertRefusedHdf5("/0/observations are of type float, expected bytes");
    Path file = source().resolve("Pong/a.hdf5");
    Files.writeString(file, "no HDF5");
    assertRefusedHdf5("it is no HDF5 file that can be read");
    fixture("minari.hdf5", "Pong/a.hdf5");
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 30_000));
    assertRefusedHdf5("");
  }

  private void assertRefusedHdf5(String why) {
    assertThatThrownBy(() -> copy(EpisodeImport.Actions.MINIMAL))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot import " + source().resolve("Pong/a.hdf5") + ": " + why)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    assertThat(root.resolve("logs/Pong/1/replay_logs")).doesNotExist();
  }

  private void fixture(String name, String to) throws IOException {
    Path file = source().resolve(to);
    Files.createDirectories(file.getParent());
    try (InputStream in = getClass().getResourceAsStream("/episodes/" + name)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Pong's minimal actions are 0, 1, 3, 4, 11 and 12. */
  @Test
  void actionsOfTheFullSetAreTranslated() throws IOException {
    Map<String, byte[]> arrays = arrays(2, "(2, 84, 84)", 1);
    arrays.put("actions", array("<i8", "(2,)", NpyFiles.buffer(16).putLong(3).putLong(12)));
    npz("a.npz", arrays);
    copy(EpisodeImport.Actions.FULL);
    WholeLog log = WholeLog.read(root.resolve("logs"), PONG, 1, ReplayRows.JOINED);
    assertThat(log.episodes().get(0)).extracting(WholeLog.Step::action).containsExactly(2, 5);
  }

  @Test
  void whatIsNotAsDescribedIsRefusedAndLeavesNoLog() throws IOException {
    Map<String, byte[]> unended = arrays(2, "(2, 84, 84)", 1);
    unended.put("terminals", array("|b1", "(2,)", NpyFiles.buffer(2)));
    assertRefused(unended, "its last row is no terminal");
    Map<String, byte[]> lacking = arrays(2, "(2, 84, 84)", 1);
    lacking.remove("rewards");
    assertRefused(lacking, "it has no array rewards, only [observations, actions, terminals]");
    Map<String, byte[]> color = arrays(2, "(2, 84, 84, 3)", 1);
    assertRefused(color, "observations are [2, 84, 84, 3], expected [2, 84, 84]");
    Map<String, byte[]> shorter = arrays(2, "(2, 84, 84)", 1);
    shorter.put("rewards", array("<f4", "(1,)", NpyFiles.buffer(4)));
    assertRefused(shorter, "it has 2 actions, 1 rewards and 2 terminals");
    Map<String, byte[]> action = arrays(2, "(2, 84, 84)", 1);
    action.put("actions", array("|u1", "(2,)", NpyFiles.buffer(2).put(1, (byte) 6)));
    assertRefused(action, "row 1 has the action 6, which Pong doesn't have among its 6");
    Map<String, byte[]> infinite = arrays(2, "(2, 84, 84)", 1);
    infinite.put("rewards", array("<f8", "(2,)", NpyFiles.buffer(16).putDouble(0, Double.NaN)));
    assertRefused(infinite, "row 0 has the reward NaN");
    Map<String, byte[]> cut = arrays(2, "(2, 84, 84)", 1);
    cut.put("observations", Arrays.copyOf(cut.get("observations"), 8000));
    assertRefused(cut, "it ends early");
    Map<String, byte[]> floats = arrays(2, "(2, 84, 84)", 1);
    floats.put("observations", array("<f4", "(2, 84, 84)", NpyFiles.buffer(2 * 84 * 84 * 4)));
    assertRefused(floats, "observations are of type <f4, expected one of [|u1]");
    Files.writeString(source().resolve("Pong/a.npz"), "no zip");
    assertThatThrownBy(() -> copy(EpisodeImport.Actions.MINIMAL))
        .hasMessageContaining("it is no whole .npz");
  }

  private void assertRefused(Map<String, byte[]> arrays, String why) throws IOException {
    npz("a.npz", arrays);
    assertThatThrownBy(() -> copy(EpisodeImport.Actions.MINIMAL))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot import " + source().resolve("Pong/a.npz"))
        .hasMessageContaining(why)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    assertThat(root.resolve("logs/Pong/1/replay_logs")).doesNotExist();
  }

  private void copy(EpisodeImport.Actions actions) {
    copy(actions, 1);
  }

  private EpisodeImport.Imported copy(EpisodeImport.Actions actions, int run) {
    try (ReplayLogWriter log =
        ReplayLogWriter.create(
            Storage.at(root.resolve("logs").toString()), PONG, run, "me", 0, 0.25, null, 4)) {
      EpisodeImport.Imported imported =
          EpisodeImport.of(Storage.at(source().toString()), PONG, actions, FORMATS)
              .copyTo(log, () -> {});
      log.finish();
      return imported;
    }
  }

  private Path source() {
    return root.resolve("source");
  }

  /** An episode: frames count from a value, actions from 0, rewards are -0.5, 3, 6 and so on. */
  private static Map<String, byte[]> arrays(int rows, String shape, int firstFrame) {
    ByteBuffer frames = NpyFiles.buffer(rows * 84 * 84);
    ByteBuffer actions = NpyFiles.buffer(4 * rows);
    ByteBuffer rewards = NpyFiles.buffer(4 * rows);
    ByteBuffer terminals = NpyFiles.buffer(rows);
    for (int row = 0; row < rows; row++) {
      for (int pixel = 0; pixel < 84 * 84; pixel++) {
        frames.put((byte) (firstFrame + row));
      }
      actions.putInt(row);
      rewards.putFloat(row == 0 ? -0.5f : 3 * row);
      terminals.put((byte) (row == rows - 1 ? 1 : 0));
    }
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    arrays.put("observations", array("|u1", shape, frames));
    arrays.put("actions", array("<i4", String.format(Locale.ROOT, "(%d,)", rows), actions));
    arrays.put("rewards", array("<f4", String.format(Locale.ROOT, "(%d,)", rows), rewards));
    arrays.put("terminals", array("|b1", String.format(Locale.ROOT, "(%d,)", rows), terminals));
    return arrays;
  }

  private static byte[] array(String type, String shape, ByteBuffer data) {
    byte[] header =
        NpyFiles.header(
            1, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape));
    byte[] whole = Arrays.copyOf(header, header.length + data.capacity());
    System.arraycopy(data.array(), 0, whole, header.length, data.capacity());
    return whole;
  }

  private void npz(String name, Map<String, byte[]> arrays) throws IOException {
    Path folder = Files.createDirectories(source().resolve("Pong"));
    try (OutputStream out = Files.newOutputStream(folder.resolve(name));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
        zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
        zip.write(array.getValue());
        zip.closeEntry();
      }
    }
  }
}
