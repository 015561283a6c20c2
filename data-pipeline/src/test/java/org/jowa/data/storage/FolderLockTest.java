package org.jowa.data.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jowa.data.OtherFileSystem;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
  private static final String NAME = "_work.lock";

  @TempDir Path folder;

  @Test
  void theSecondIsRefusedInOneLineAndTheThirdComesInAfterTheFirst() {
    Storage storage = Storage.at(folder.resolve("new").toString());
    FolderLock first = acquire(storage);
    expectRefused(storage);
    first.requireHeld();
    first.close();
    acquire(storage).close();
    assertThat(folder.resolve("new")).isEmptyDirectory();
  }

  @Test
  void aLockGoesWithTheProcessThatWasKilled() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(other.getInputStream().read()).isEqualTo('h');
      Storage storage = Storage.at(folder.toString());
      expectRefused(storage);
      assertThat(other.destroyForcibly().waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(folder.resolve(NAME)).exists();
      acquire(storage).close();
    } finally {
      other.destroyForcibly();
    }
  }

  /** Another process, which takes the lock and waits to be killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws Exception {
      FolderLock.acquire(Storage.at(args[0]), NAME, "ingest");
      System.out.print('h');
      System.out.flush();
      System.in.read();
    }
  }

  @Test
  void elsewhereTheRenewedLockHoldsAndALostOneIsNoticed() throws IOException {
    Storage storage = elsewhere();
    try (FolderLock first = acquire(storage)) {
      expectRefused(storage);
      first.requireHeld();
    }
    try (FolderLock first = FolderLock.acquire(storage, NAME, "ingest", Duration.ofMinutes(1))) {
      Files.write(folder.resolve(NAME), "another 0".getBytes(StandardCharsets.US_ASCII));
      assertThatThrownBy(first::requireHeld).isInstanceOf(InvalidInputException.class);
    }
    assertThat(folder.resolve(NAME)).as("the other's lock").exists();
  }

  @Test
  void elsewhereWhoLosesTheLockIsTold() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    try (FolderLock first = acquire(elsewhere())) {
      first.whenLost(told::countDown);
      Files.write(folder.resolve(NAME), "another 0".getBytes(StandardCharsets.US_ASCII));
      assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void refusingAnotherThreadDoesNotGiveTheLockUpToOtherProcesses() throws Exception {
    Storage storage = Storage.at(folder.toString());
    try (FolderLock first = acquire(storage)) {
      expectRefused(storage);
      Process other =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Holder.class.getName(),
                  folder.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        assertThat(other.getInputStream().read()).as("it ends without the lock").isEqualTo(-1);
        assertThat(other.waitFor()).isNotZero();
        first.requireHeld();
      } finally {
        other.destroyForcibly();
      }
    }
  }

  @Test
  void aFolderThatCannotBeWrittenIsRefusedInOneLine() throws IOException {
    Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> acquire(Storage.at(folder.resolve("file/below").toString())))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Can't lock " + folder)
        .message()
        .hasLineCount(1);
  }

  @Test
  void elsewhereTheLockOfADeadProcessIsTakenOver() throws IOException {
    Files.write(folder.resolve(NAME), "dead 17".getBytes(StandardCharsets.US_ASCII));
    acquire(elsewhere()).close();
    assertThat(folder.resolve(NAME)).doesNotExist();
  }

  private Storage elsewhere() {
    return Storage.at("other://host" + folder, OtherFileSystem.configuration());
  }

  private static FolderLock acquire(Storage storage) {
    return FolderLock.acquire(storage, NAME, "ingest", Duration.ofMillis(50));
  }

  private static void expectRefused(Storage storage) {
    assertThatThrownBy(() -> acquire(storage))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Another ingest writes into " + storage)
        .message()
        .hasLineCount(1);
  }
}
