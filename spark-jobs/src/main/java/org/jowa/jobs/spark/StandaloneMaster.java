package org.jowa.jobs.spark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jowa.error.InvalidInputException;

/**
 * The address of a standalone cluster's master. Spark itself tries for a minute and then goes on
 * with a context that is stopped, so that whatever the job asks for first seems to be missing.
 */
final class StandaloneMaster {
  private static final String SCHEME = "spark://";
  private static final int TIMEOUT_MILLIS = 5_000;

  private StandaloneMaster() {}

  /**
   * Other cluster managers' addresses pass.
   *
   * @param master {@code spark://host:port}, or {@code spark://host:port,host:port} with standby
   *     masters
   * @throws InvalidInputException if nobody accepts a connection there
   */
  static void requireReachable(String master) {
    if (!master.startsWith(SCHEME)) {
      return;
    }
    List<String> reasons = new ArrayList<>();
    for (String place : master.substring(SCHEME.length()).split(",")) {
      URI address = URI.create(SCHEME + place);
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), TIMEOUT_MILLIS);
        return;
      } catch (IOException | RuntimeException e) {
        reasons.add(place + ": " + e.getMessage());
      }
    }
    throw new InvalidInputException(
        "No Spark master answers at %s (%s): start it, or correct --master"
            .formatted(master, String.join("; ", reasons)));
  }
}
