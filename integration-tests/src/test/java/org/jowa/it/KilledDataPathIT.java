package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An ingest and a tokenize that are killed finish, run again, to the bytes of undisturbed ones. */
class KilledDataPathIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @TempDir private static Path folder;
  private static Jowa jowa;

  /** The undisturbed data set. */
  @BeforeAll
  static void ingestOnce() {
    jowa = new Jowa(folder, "--master", "local[1]");
    jowa.run(ingest("whole")).ok();
  }

  @Test
  void killedIngestFinishesToTheSameBytes() throws Exception {
    for (int shardsDone : new int[] {2, 9}) {
      kill(ingest("killed"), "killed/_ingest", ".json", shardsDone);
      assertThat(folder.resolve("killed/manifest.json")).doesNotExist();
    }
    jowa.run(ingest("killed")).ok();
    assertThat(FileHashes.below(folder.resolve("killed")))
        .isEqualTo(FileHashes.below(folder.resolve("whole")));
    jowa.run("inspect", "killed", "--verify").ok();
  }

  @Test
  void secondIngestIntoTheSameFolderAtTheSameTimeIsRefused() throws Exception {
    Jowa.Running first = jowa.start(ingest("contested"));
    awaitFiles("contested/_ingest", ".json", 1, first);
    // Held, so that it isn't done before the second one looks.
    signal("STOP", first);
    try {
      assertThat(jowa.run(ingest("contested")).failed(1)).contains("Another ingest", "contested");
    } finally {
      signal("CONT", first);
    }
    first.await().ok();
    assertThat(FileHashes.below(folder.resolve("contested")))
        .isEqualTo(FileHashes.below(folder.resolve("whole")));
  }

  @Test
  void killedTokenizeFinishesToTheSameBytes() throws Exception {
    for (String copy : List.of("calm", "cut")) {
      FileUtils.copyDirectory(folder.resolve("whole").toFile(), folder.resolve(copy).toFile());
    }
    jowa.run(SmallTraining.tokenizer("--set=tokenizer.steps=1", "--data=calm", "--run=run")).ok();
    kill(tokenize("cut"), "cut/tokens", ".json", 1);
    Path tokens = onlyChild(folder.resolve("cut/tokens"));
    assertThat(tokens.resolve("manifest.json")).doesNotExist();
    Jowa.Running again = jowa.start(tokenize("cut"));
    awaitFiles("cut/tokens", ".json", 2, again);
    signal("STOP", again);
    try {
      assertThat(jowa.run(tokenize("cut")).failed(1)).contains("Another tokenize");
    } finally {
      signal("CONT", again);
    }
    again.await().ok();
    jowa.run(tokenize("calm")).ok();
    assertThat(FileHashes.below(folder.resolve("cut")))
        .isEqualTo(FileHashes.below(folder.resolve("calm")));
  }

  private static String[] ingest(String out) {
    return new String[] {"ingest", "--source=" + Jowa.SAMPLE, "--lanes=4", "--out=" + out};
  }

  private static String[] tokenize(String data) {
    return new String[] {"tokenize", "--data=" + data, "--run=run"};
  }

  private static void signal(String name, Jowa.Running running) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(running.process().pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** Kills a command when it has written so many files of a kind. */
  private void kill(String[] command, String below, String ending, int count) throws Exception {
    Jowa.Running running = jowa.start(command);
    awaitFiles(below, ending, count, running);
    assertThat(running.process().isAlive()).as("still at work when killed").isTrue();
    running.kill();
  }

  private static void awaitFiles(String below, String ending, int count, Jowa.Running running) {
    Pause.until(
        count + " files " + ending + " are in " + below,
        LIMIT,
        () -> !running.process().isAlive() || count(folder.resolve(below), ending) >= count,
        running::said);
  }

  private static long count(Path root, String ending) {
    if (!Files.isDirectory(root)) {
      return 0;
    }
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(file -> file.toString().endsWith(ending)).count();
    } catch (IOException | UncheckedIOException e) {
      // Files vanish while the folder is read.
      return 0;
    }
  }

  private static Path onlyChild(Path parent) throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      return children.findFirst().orElseThrow();
    }
  }
}
