package org.jowa.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * TCP connections between processes of this machine, which iproute2's {@code ss} lists and cuts.
 */
final class Connections {
  private static final Pattern LINE =
      Pattern.compile("\\S+\\s+\\S+\\s+(\\S+:\\d+)\\s+(\\S+:\\d+)\\s+.*pid=(\\d+),.*");

  private Connections() {}

  private record Connection(String local, String peer) {}

  /** Cuts all connections between two processes; skips the test where that can't be done. */
  static void cut(long one, long other) {
    String listed = ss("--tcp", "--numeric", "--processes", "--no-header", "state", "established");
    List<Connection> ends = of(one, listed);
    List<Connection> others = of(other, listed);
    ends.removeIf(end -> !others.contains(new Connection(end.peer, end.local)));
    if (ends.isEmpty()) {
      throw new AssertionError("No connection between " + one + " and " + other + ": " + listed);
    }
    for (Connection end : ends) {
      ss("--kill", "--tcp", "src", end.local, "dst", end.peer);
    }
    List<Connection> left = of(one, ss("--tcp", "--numeric", "--processes", "--no-header"));
    Assumptions.assumeFalse(
        left.stream().anyMatch(ends::contains),
        "Connections are cut by root only, on a kernel with INET_DIAG_DESTROY");
  }

  private static List<Connection> of(long process, String listed) {
    List<Connection> found = new ArrayList<>();
    for (String line : listed.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches() && Long.parseLong(matcher.group(3)) == process) {
        found.add(new Connection(plain(matcher.group(1)), plain(matcher.group(2))));
      }
    }
    return found;
  }

  /** JVMs use sockets of IPv6 for IPv4, too. */
  private static String plain(String address) {
    return address.replaceFirst("^\\[::ffff:(.*)]", "$1");
  }

  private static String ss(String... options) {
    List<String> command = new ArrayList<>(List.of("ss"));
    command.addAll(Arrays.asList(options));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (InputStream out = process.getInputStream()) {
        return new String(out.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      return Assumptions.abort("iproute2's ss isn't there: " + e.getMessage());
    }
  }
}
