package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ranks that are processes, of which one dies or freezes. */
@Timeout(120)
class RingProcessesTest {
  private static final int RANKS = 3;

  private record Rank(Process process, BufferedReader output) {
    String read(String start) throws IOException {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith(start)) {
          return line.substring(start.length());
        }
      }
      throw new AssertionError("The rank ended without saying '" + start + "'");
    }
  }

  private final List<Rank> ranks = new ArrayList<>();

  @AfterEach
  void endProcesses() throws Exception {
    for (Rank rank : ranks) {
      rank.process().destroyForcibly();
    }
    for (Rank rank : ranks) {
      assertThat(rank.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aKilledProcessIsNamedToAllOthers() throws Exception {
    start(60_000, false);
    ranks.get(1).process().destroyForcibly();
    assertOthersBlame(1, "its process died");
  }

  @Test
  void aKilledProcessIsNamedToRanksInALongBarrier() throws Exception {
    start(60_000, true);
    ranks.get(2).process().destroyForcibly();
    assertOthersBlame(2, "its process died");
  }

  @Test
  void aStoppedProcessIsNamedToAllOthers() throws Exception {
    start(4_000, false);
    signal("-STOP", 0);
    assertOthersBlame(0, "");
  }

  @Test
  void aStoppedProcessIsNamedToRanksInALongBarrier() throws Exception {
    start(4_000, true);
    signal("-STOP", 1);
    assertOthersBlame(1, "gave no sign of life");
  }

  private void assertOthersBlame(int dead, String why) throws IOException {
    for (int rank = 0; rank < RANKS; rank++) {
      if (rank != dead) {
        assertThat(ranks.get(rank).read(RingRank.BROKEN))
            .startsWith(dead + " Rank " + dead)
            .contains(why);
      }
    }
  }

  private void signal(String signal, int rank) throws Exception {
    String pid = String.valueOf(ranks.get(rank).process().pid());
    assertThat(new ProcessBuilder("kill", signal, pid).inheritIO().start().waitFor()).isZero();
  }

  private void start(long timeoutMillis, boolean wait) throws IOException {
    for (int rank = 0; rank < RANKS; rank++) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx128m",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  RingRank.class.getName(),
                  String.valueOf(rank),
                  String.valueOf(timeoutMillis),
                  String.valueOf(wait))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      ranks.add(new Rank(process, process.inputReader(StandardCharsets.UTF_8)));
    }
    List<String> addresses = new ArrayList<>();
    for (Rank rank : ranks) {
      addresses.add(rank.read(RingRank.ADDRESS));
    }
    String all = addresses.stream().collect(Collectors.joining(" ")) + "\n";
    for (Rank rank : ranks) {
      OutputStream input = rank.process().getOutputStream();
      input.write(all.getBytes(StandardCharsets.UTF_8));
      input.flush();
    }
    for (Rank rank : ranks) {
      rank.read(RingRank.WORKING);
    }
  }
}
