package org.jowa.model.collective;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** A rank that is a process of its own: works until the group breaks, and says how it broke. */
final class RingRank {
  static final String ADDRESS = "address ";
  static final String WORKING = "working";
  static final String BROKEN = "broken ";

  private RingRank() {}

  /**
   * @param args rank, time-out in ms, and whether it waits in a barrier of an hour instead of
   *     working
   */
  public static void main(String[] args) throws Exception {
    int rank = Integer.parseInt(args[0]);
    Duration timeout = Duration.ofMillis(Long.parseLong(args[1]));
    boolean waits = Boolean.parseBoolean(args[2]);
    RingListener listener = RingListener.listen("127.0.0.1");
    say(ADDRESS + listener.address());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    List<String> addresses = List.of(in.readLine().split(" "));
    try (Collective collective =
        listener.join(rank, addresses, Rings.SECRET, Rings.options(timeout, System.err::println))) {
      for (int step = 1; ; step++) {
        collective.at("step " + step);
        collective.allReduceSum(new double[50_000]);
        if (step == 20) {
          say(WORKING);
          if (waits) {
            collective.barrier(Duration.ofHours(1));
          }
        }
      }
    } catch (CollectiveException e) {
      say(BROKEN + e.rankAtFault() + " " + e.getMessage());
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
