package org.jowa.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountsTest {
  private static final List<String> MOUNTS =
      List.of(
          "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
          "30 22 0:26 / /home rw,nosuid,noexec,relatime - tmpfs tmpfs rw",
          "31 30 0:27 / /home/some\\040one rw,relatime - ext4 /dev/vdb rw",
          "32 22 0:28 / /mnt rw,noexec - tmpfs tmpfs rw",
          "33 22 0:29 / /mnt rw - tmpfs tmpfs rw");

  @Test
  void innermostMountDecides() {
    assertThat(forbids("/home/another/.djl.ai")).isTrue();
    assertThat(forbids("/home/some one/.djl.ai")).isFalse();
    assertThat(forbids("/homes/x")).isFalse();
    assertThat(forbids("/")).isFalse();
  }

  @Test
  void laterMountHidesTheOneBelowIt() {
    assertThat(forbids("/mnt/x")).isFalse();
  }

  @Test
  void theSystemsOwnListIsRead() {
    // This JVM's own libraries were mapped from there.
    assertThat(Mounts.forbidsPrograms(Path.of(System.getProperty("java.home"), "none/such")))
        .isFalse();
  }

  private static boolean forbids(String folder) {
    return Mounts.forbidsPrograms(Path.of(folder), MOUNTS);
  }
}
