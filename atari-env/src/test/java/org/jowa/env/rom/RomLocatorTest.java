package org.jowa.env.rom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jowa.env.AtariEnv;
import org.jowa.env.TestRoms;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RomLocatorTest {
  private static final Game PONG = Games.byName("Pong");
  private static final PipDownload NO_PIP = PipDownload.of("ale-py==0.12.1", List.of());

  @TempDir Path folder;

  @Test
  void everyGameHasTheRomOfItsName() {
    for (Game game : Games.all()) {
      Rom rom = TestRoms.locate(game.name());
      assertThat(rom.game()).isSameAs(game);
      assertThat(rom.md5()).matches("[0-9a-f]{32}");
    }
  }

  @ParameterizedTest
  @CsvSource({"Pong, 210", "Carnival, 214", "Pooyan, 220", "JourneyEscape, 230", "AirRaid, 250"})
  void screensAreAsHighAsTheGameMakesThem(String game, int height) {
    try (AtariEnv env = AtariEnv.create(TestRoms.locate(game), 0, 0)) {
      assertThat(env.screenHeight()).isEqualTo(height);
      env.observation(new byte[AtariEnv.OBSERVATION_BYTES], 0);
    }
  }

  @Test
  void optionGoesBeforeVariableAndVariableBeforeCache() throws IOException {
    Path option = Files.createDirectory(folder.resolve("option"));
    Path variable = Files.createDirectory(folder.resolve("variable"));
    Map<String, String> environment =
        Map.of("ATARI_ROMS", variable.toString(), "JOWA_CACHE", folder.toString());
    assertThatThrownBy(() -> locator(Optional.of(option), environment, NO_PIP).locate(PONG))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("No ROM of Pong: %s does not exist", option.resolve("pong.bin"));
    assertThatThrownBy(() -> locator(Optional.empty(), environment, NO_PIP).locate(PONG))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("No ROM of Pong: %s does not exist", variable.resolve("pong.bin"));
    Path cached = folder.resolve("roms/ale-py-0.12.1");
    Files.createDirectories(cached);
    assertThatThrownBy(
            () ->
                locator(
                        Optional.empty(),
                        Map.of("ATARI_ROMS", " ", "JOWA_CACHE", folder.toString()),
                        NO_PIP)
                    .locate(PONG))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("No ROM of Pong: %s does not exist", cached.resolve("pong.bin"));
  }

  @Test
  void refusesAFolderOfRomsThatIsNone() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> locator(Optional.of(missing), Map.of(), NO_PIP))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("--roms is '%s', which is not a folder", missing);
    assertThatThrownBy(
            () -> locator(Optional.empty(), Map.of("ATARI_ROMS", missing.toString()), NO_PIP))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("ATARI_ROMS is '%s', which is not a folder", missing);
  }

  @Test
  void refusesADirectoryAndADamagedFile() throws IOException {
    Path rom = folder.resolve("pong.bin");
    RomLocator locator = locator(Optional.of(folder), Map.of(), NO_PIP);
    Files.createDirectory(rom);
    assertThatThrownBy(() -> locator.locate(PONG))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("pong.bin, is not a regular file; replace it");
    Files.delete(rom);
    Files.write(rom, new byte[1000]);
    assertThatThrownBy(() -> locator.locate(PONG))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("pong.bin is not a ROM that the emulator can play");
  }

  @Test
  void saysWhichGameAWrongRomBelongsTo() throws IOException {
    Files.copy(TestRoms.locate("Breakout").path(), folder.resolve("pong.bin"));
    assertThatThrownBy(() -> locator(Optional.of(folder), Map.of(), NO_PIP).locate(PONG))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("should be the ROM of Pong, but is that of 'breakout'");
  }

  @Test
  void fetchesOnceHoweverManyAskAndLeavesNothingElseBehind() throws Exception {
    PipDownload pip = fakePip("cp \"$wheel\" \"$6\"/x.whl; echo called >> \"$log\"");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Path>> found = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        RomCache cache = RomCache.of(Map.of("JOWA_CACHE", folder.toString()), pip);
        found.add(threads.submit(cache::folder));
      }
      for (Future<Path> path : found) {
        assertThat(path.get().resolve("pong.bin")).hasBinaryContent(new byte[] {1, 2, 3});
        assertThat(path.get().resolve("notes.txt")).doesNotExist();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(folder.resolve("calls.log")).hasContent("called");
    try (Stream<Path> left = Files.list(folder.resolve("roms"))) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("ale-py-0.12.1", "lock");
    }
  }

  @Test
  void tellsWhyPipFailedAndLeavesNothingBehind() throws IOException {
    PipDownload pip = fakePip("echo 'ERROR: No matching distribution found'; exit 1");
    assertThatThrownBy(() -> fetchWith(pip))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "Cannot fetch ROMs from the Python package ale-py==0.12.1: pip failed: ERROR: No"
                + " matching distribution found; check the network, or give a folder of ROMs with"
                + " --roms or ATARI_ROMS");
    try (Stream<Path> left = Files.list(folder.resolve("roms"))) {
      assertThat(left.map(path -> path.getFileName().toString())).containsExactly("lock");
    }
  }

  @Test
  void asksForAWheelOfAnotherPythonWhenThereIsNoneForThisOne() throws IOException {
    PipDownload pip =
        fakePip(
            "case \"$*\" in *--python-version=3.11*) cp \"$wheel\" \"$6\"/x.whl;; *) exit 1; esac");
    assertThat(fetchWith(pip).resolve("pong.bin")).exists();
  }

  @Test
  void saysThatPipIsMissing() {
    PipDownload pip =
        PipDownload.of("ale-py==0.12.1", List.of(List.of(folder.resolve("nopip").toString())));
    assertThatThrownBy(() -> fetchWith(pip))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("pip was not found on the PATH; check the network, or give");
  }

  @Test
  void namesTheCacheThatCannotBeWritten() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    RomCache cache = RomCache.of(Map.of("JOWA_CACHE", file.toString()), NO_PIP);
    assertThatThrownBy(cache::folder)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("name a folder that can be written in JOWA_CACHE");
  }

  private Path fetchWith(PipDownload pip) {
    return RomCache.of(Map.of("JOWA_CACHE", folder.toString()), pip).folder();
  }

  /** A pip that is a shell script; its sixth argument is the folder to download to. */
  private PipDownload fakePip(String script) throws IOException {
    Path wheel = folder.resolve("made.zip");
    try (OutputStream file = Files.newOutputStream(wheel);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      for (String name : List.of("ale_py/roms/pong.bin", "ale_py/roms/notes.txt", "other.bin")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(new byte[] {1, 2, 3});
      }
    }
    String setting = "#!/bin/sh\nwheel='%s'; log='%s'\n";
    Path pip = folder.resolve("pip");
    Files.writeString(pip, setting.formatted(wheel, folder.resolve("calls.log")) + script + "\n");
    Files.setPosixFilePermissions(pip, PosixFilePermissions.fromString("rwx------"));
    return PipDownload.of("ale-py==0.12.1", List.of(List.of(pip.toString())));
  }

  private static RomLocator locator(
      Optional<Path> option, Map<String, String> environment, PipDownload pip) {
    return RomLocator.of(option, environment, pip);
  }
}
