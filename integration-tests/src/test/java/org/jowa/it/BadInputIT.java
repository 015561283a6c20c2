package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong files: each is told in one line, and nothing half-written stays. */
class BadInputIT {
  private static final String LOGS = "logs/Breakout/1/replay_logs";

  @TempDir private Path folder;
  private Jowa jowa;

  @BeforeEach
  void start() {
    jowa = new Jowa(folder);
  }

  @Test
  void romsThatCannotBePlayedAreRefused() throws IOException {
    assertThat(record("nowhere").failed(2)).contains("nowhere");
    Files.createDirectory(folder.resolve("roms"));
    assertThat(record("roms").failed(1)).contains("pong.bin");
    Path rom = folder.resolve("roms/pong.bin");
    Files.createDirectory(rom);
    assertThat(record("roms").failed(1)).contains("pong.bin", "not a regular file");
    Files.delete(rom);
    Files.write(rom, new byte[4096]);
    assertThat(record("roms").failed(1)).contains("pong.bin", "not a ROM");
    assertThat(folder.resolve("played")).doesNotExist();
  }

  private Jowa.Result record(String roms) {
    return jowa.run("record", "--game=Pong", "--steps=10", "--out=played", "--roms=" + roms);
  }

  @Test
  void damagedLogIsNamedAndLeavesNoDataSet() throws IOException {
    copySample();
    Path observations = folder.resolve(LOGS).resolve("$store$_observation_ckpt.0.gz");
    byte[] whole = Files.readAllBytes(observations);
    Files.write(observations, Arrays.copyOf(whole, whole.length / 2));
    assertThat(ingest().failed(1)).contains("$store$_observation_ckpt.0.gz");
    assertThat(jowa.run("inspect", "data").failed(1)).contains("no data set");

    Files.write(observations, whole);
    Path rewards = folder.resolve(LOGS).resolve("$store$_reward_ckpt.1.gz");
    Files.delete(rewards);
    assertThat(ingest().failed(1)).contains("$store$_reward_ckpt.1.gz");
  }

  private Jowa.Result ingest() {
    return jowa.run("ingest", "--source=logs", "--out=data");
  }

  private void copySample() throws IOException {
    Path target = Files.createDirectories(folder.resolve(LOGS));
    try (Stream<Path> files = Files.list(Jowa.SAMPLE.resolve("Breakout/1/replay_logs"))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @Test
  void gameWithoutALogIsNamed() {
    assertThat(
            jowa.run("ingest", "--source=" + Jowa.SAMPLE, "--games=Seaquest", "--out=data")
                .failed(1))
        .contains("Seaquest");
  }

  @Test
  void goldenVectorThatDiffersFailsParity() throws IOException {
    Path golden = Files.createDirectory(folder.resolve("golden"));
    for (String file : new String[] {"manifest.json", "games.json"}) {
      Files.copy(
          Jowa.PROJECT.resolve("integration-tests/golden").resolve(file), golden.resolve(file));
    }
    Path games = golden.resolve("games.json");
    Files.writeString(games, Files.readString(games).replaceFirst("AirRaid", "AirRade"));
    Jowa.Result parity = jowa.run("parity", "--golden", golden.toString());
    assertThat(parity.status()).isEqualTo(1);
    assertThat(parity.out()).contains("FAIL").contains("1 failed");
    assertThat(jowa.run("parity", "--golden=.").failed(1)).contains("manifest.json");
  }
}
