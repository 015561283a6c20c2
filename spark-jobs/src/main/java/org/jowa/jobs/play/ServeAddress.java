package org.jowa.jobs.play;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.jowa.error.UsageException;

/**
 * Where the page is served.
 *
 * @param host name or address
 * @param port 0 for any that is free
 * @param token that visitors have to know; none on loopback, where nobody else comes in
 */
public record ServeAddress(String host, int port, Optional<String> token) {
  /** Where it is served if nothing else is said. */
  public static final String DEFAULT = "127.0.0.1:8765";

  private static final int SHORTEST_TOKEN = 8;
  private static final int LAST_PORT = 65_535;

  /**
   * Reads {@code HOST:PORT}, {@code PORT} or {@code HOST}.
   *
   * @throws UsageException if it is none, or an address that others reach without a token
   */
  public static ServeAddress parse(String text, Optional<String> token) {
    String host = DEFAULT.substring(0, DEFAULT.indexOf(':'));
    String port = DEFAULT.substring(DEFAULT.indexOf(':') + 1);
    int colon = text.lastIndexOf(':');
    if (text.matches("\\d+")) {
      port = text;
    } else if (colon > 0 && !text.endsWith("]")) {
      host = text.substring(0, colon);
      port = text.substring(colon + 1);
    } else {
      host = text;
    }
    if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > LAST_PORT || host.isBlank()) {
      throw new UsageException(
          "Option --serve must be HOST:PORT or PORT, %s for instance, found %s"
              .formatted(DEFAULT, text));
    }
    InetAddress address;
    try {
      address = InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new UsageException("Option --serve names a host that is not known: " + host);
    }
    if (token.isPresent() && !token.get().matches("[A-Za-z0-9_-]{" + SHORTEST_TOKEN + ",}")) {
      throw new UsageException(
          "Option --token must be %s or more letters, digits, dashes and underscores"
              .formatted(SHORTEST_TOKEN));
    }
    if (!address.isLoopbackAddress() && token.isEmpty()) {
      throw new UsageException(
          ("%s can be reached by others: give a --token that they have to know, or serve on this"
                  + " machine alone (127.0.0.1)")
              .formatted(host));
    }
    return new ServeAddress(host, Integer.parseInt(port), token);
  }

  InetSocketAddress socket() {
    return new InetSocketAddress(host, port);
  }
}
