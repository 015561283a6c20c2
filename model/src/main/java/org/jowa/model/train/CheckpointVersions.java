package org.jowa.model.train;

import java.util.Map;
import org.jowa.model.torch.TorchRuntime;

/** What makes a checkpoint, for its state. */
final class CheckpointVersions {
  private CheckpointVersions() {}

  static Map<String, String> current() {
    String jowa = CheckpointVersions.class.getPackage().getImplementationVersion();
    return Map.of(
        "jowa",
        jowa == null ? "development" : jowa,
        "libtorch",
        TorchRuntime.LIBTORCH_VERSION,
        "java",
        String.valueOf(Runtime.version().feature()));
  }
}
