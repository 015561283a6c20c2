package org.jowa.env;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AreaResizeTest {
  @Test
  void equalsTheReferenceToTheLastBit() {
    Golden golden = Golden.tensors("env.safetensors");
    assertThat(golden.games()).contains("Carnival").hasSize(5);
    for (String game : golden.games()) {
      int[] shape = golden.shape(game + ".buffers");
      int pixels = shape[2] * shape[3];
      byte[] buffers = golden.bytes(game + ".buffers");
      byte[] expected = golden.bytes(game + ".obs");
      AreaResize resize = AreaResize.of(shape[3], shape[2]);
      byte[] found = new byte[expected.length];
      for (int k = 0; k < shape[0]; k++) {
        resize.shrinkMax(
            Arrays.copyOfRange(buffers, 2 * k * pixels, (2 * k + 1) * pixels),
            Arrays.copyOfRange(buffers, (2 * k + 1) * pixels, (2 * k + 2) * pixels),
            found,
            k * AreaResize.SIZE * AreaResize.SIZE);
      }
      assertThat(found).as(game).isEqualTo(expected);
    }
  }

  @Property(tries = 50)
  void keepsAPlainPictureAsItIsAtAnyHeight(
      @ForAll @IntRange(min = 84, max = 300) int height, @ForAll byte gray) {
    byte[] plain = new byte[160 * height];
    Arrays.fill(plain, gray);
    byte[] target = new byte[AtariEnv.OBSERVATION_BYTES];
    AreaResize.of(160, height).shrinkMax(plain, new byte[plain.length], target, 0);
    assertThat(target).containsOnly(gray);
  }

  @Test
  void refusesPicturesOfAnotherSize() {
    AreaResize resize = AreaResize.of(160, 210);
    assertThatThrownBy(() -> resize.shrinkMax(new byte[33600], new byte[5], new byte[7056], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Expected pictures of 33600 pixels, found 33600 and 5");
    assertThatThrownBy(() -> AreaResize.of(160, 83)).isInstanceOf(IllegalArgumentException.class);
  }
}
