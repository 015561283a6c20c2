package org.jowa.model.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python's own torch on what is written here; skipped where there is none. */
class PythonTorchTest {
  private static final String SCRIPT =
      """
      import sys, torch
      state = torch.load(sys.argv[1], weights_only=True)
      print(type(state).__name__, len(state))
      for name, tensor in state.items():
          print(name, tensor.dtype, list(tensor.shape), tensor.flatten()[0].item())
      """;

  @TempDir Path folder;

  @Test
  void torchLoadsWeightsOnly() throws IOException, InterruptedException {
    Optional<String> python = pythonWithTorch();
    assumeTrue(python.isPresent(), "no Python with torch 1.13 or later");
    Map<String, long[]> shapes = OfficialLayout.world(1, 4, 4, 1, 6);
    Path file =
        OfficialLayout.write(
            folder.resolve("w.pt"), shapes, ScalarType.Float, name -> "module." + name);
    String[] lines = output(python.get(), "-c", SCRIPT, file.toString()).split("\n");
    assertThat(lines[0]).isEqualTo("OrderedDict " + shapes.size());
    assertThat(lines)
        .contains(
            "module.pos_emb.weight torch.float32 [296, 4] "
                + (double) OfficialLayout.value("pos_emb.weight", 0));
    assertThat(lines).hasSize(shapes.size() + 1);
  }

  private static Optional<String> pythonWithTorch() throws IOException, InterruptedException {
    for (String python : new String[] {"python3", "/usr/bin/python3"}) {
      try {
        String version = output(python, "-c", "import torch; print(torch.__version__)").strip();
        if (version.matches("(1\\.1[3-9]|[2-9]\\.).*")) {
          return Optional.of(python);
        }
      } catch (IOException e) {
        // No such program.
      }
    }
    return Optional.empty();
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }
}
