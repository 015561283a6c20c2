package org.jowa.model.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that torch itself wrote (make.py beside them), and those that are written here. */
class TorchFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"tensors.pt", "tensors-legacy.pt"})
  void whatTorchSavedIsRead(String name) throws IOException {
    float[] values = {0, 1, -2.5f, 1 / 3f, 65504, 1e-8f};
    try (TorchFile file = TorchFile.open(copy(name));
        StepScope scope = StepScope.inference()) {
      assertThat(file.tensors()).hasSize(13);
      assertThat(floats(file, "module.single")).isEqualTo(values);
      assertThat(floats(file, "module.half")).containsExactly(0, 1, -2.5f, 0x1.554p-2f, 65504, 0);
      assertThat(floats(file, "module.brain"))
          .containsExactly(0, 1, -2.5f, 0x1.56p-2f, 65536, 0x1.58p-27f);
      assertThat(file.read("module.double").scalar_type().intern()).isEqualTo(ScalarType.Double);
      assertThat(floats(file, "module.double")).isEqualTo(values);
      assertThat(Tensors.longs(file.read("module.whole"))).containsExactly(1, -2, 1L << 40, 3);
      assertThat(Tensors.bytes8(file.read("module.bytes"))).containsExactly(0, 1, 2, 3, 4);
      assertThat(file.read("module.scalar").dim()).isZero();
      assertThat(floats(file, "module.scalar")).containsExactly(7.5f);
      assertThat(file.read("module.empty").shape()).containsExactly(0, 3);
      assertThat(file.read("module.transposed").shape()).containsExactly(4, 3);
      assertThat(floats(file, "module.transposed"))
          .containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
      assertThat(floats(file, "module.part")).containsExactly(6, 7, 10, 11);
      assertThat(floats(file, "module.shared")).hasSize(12).endsWith(9, 10, 11);
      assertThat(floats(file, "module.channels_last")).startsWith(0, 1, 2, 3).endsWith(22, 23);
      assertThat(floats(file, "module.parameter")).containsExactly(8, 9);
    }
  }

  @Test
  void versionsOfModulesBesideTheTensorsAreIgnored() throws IOException {
    try (TorchFile file = TorchFile.open(copy("state-dict.pt"));
        StepScope scope = StepScope.inference()) {
      assertThat(file.tensors()).containsOnlyKeys("weight", "bias");
      assertThat(floats(file, "weight")).containsExactly(1.5f, -2, 3.25f, 0, 1e-3f, 4);
      assertThat(floats(file, "bias")).containsExactly(0.5f, -0.25f);
    }
  }

  @Test
  void whatIsWrittenComesBackAndIsWrittenAlike() throws IOException {
    try (StepScope scope = StepScope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("module.a", Tensors.of(new float[] {1, 2, 3, 4, 5, Float.MIN_VALUE}, 2, 3));
      tensors.put("module.ä", Tensors.of(new float[] {-0f}));
      tensors.put("module.b", Tensors.of(new long[] {Long.MIN_VALUE, 7}, 2));
      byte[] bytes = written(tensors);
      assertThat(written(tensors)).isEqualTo(bytes);
      try (TorchFile file = TorchFile.open(Files.write(folder.resolve("x.pt"), bytes))) {
        assertThat(file.tensors().keySet()).containsExactlyElementsOf(tensors.keySet());
        assertThat(floats(file, "module.a")).containsExactly(1, 2, 3, 4, 5, Float.MIN_VALUE);
        assertThat(file.read("module.a").shape()).containsExactly(2, 3);
        assertThat(Float.floatToRawIntBits(floats(file, "module.ä")[0]))
            .isEqualTo(Float.floatToRawIntBits(-0f));
        assertThat(Tensors.longs(file.read("module.b"))).containsExactly(Long.MIN_VALUE, 7);
      }
    }
  }

  private static byte[] written(Map<String, Tensor> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TorchWriter.write(out, tensors);
    return out.toByteArray();
  }

  private static float[] floats(TorchFile file, String name) {
    return Tensors.floats(file.read(name).to(ScalarType.Float));
  }

  private Path copy(String name) throws IOException {
    try (InputStream in = TorchFileTest.class.getResourceAsStream(name)) {
      return Files.write(folder.resolve(name), in.readAllBytes());
    }
  }
}
