package org.jowa.jobs.spark;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;

class StandaloneMasterTest {
  private static String address(ServerSocket socket) {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  @Test
  void oneOfSeveralIsEnough() throws IOException {
    try (ServerSocket open = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ServerSocket closed = new ServerSocket(0);
      closed.close();
      assertThatCode(() -> StandaloneMaster.requireReachable("spark://" + address(open)))
          .doesNotThrowAnyException();
      assertThatCode(
              () ->
                  StandaloneMaster.requireReachable(
                      "spark://" + address(closed) + "," + address(open)))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void deadMasterIsNamedWithTheReason() throws IOException {
    ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    closed.close();
    assertThatThrownBy(() -> StandaloneMaster.requireReachable("spark://" + address(closed)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("spark://" + address(closed))
        .hasMessageContaining("refused");
    assertThatThrownBy(() -> StandaloneMaster.requireReachable("spark://nowhere"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("spark://nowhere");
  }

  @Test
  void otherClusterManagersAreTheirOwnMatter() {
    assertThatCode(() -> StandaloneMaster.requireReachable("yarn")).doesNotThrowAnyException();
  }
}
