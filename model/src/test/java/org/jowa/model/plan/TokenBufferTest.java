package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TokenBufferTest {
  @Test
  void keepsTheNewestBlocksAndLeavesTheLastActionOut() {
    TokenBuffer buffer = new TokenBuffer(3);
    for (int frame = 0; frame < 5; frame++) {
      buffer.addFrame(frame(frame), 0);
      if (frame < 4) {
        buffer.addAction(frame + 10);
      }
    }
    int[] all = buffer.context(8);
    assertThat(all).hasSize(3 * 37 - 1);
    assertThat(all[0]).isEqualTo(200);
    assertThat(all[36]).isEqualTo(12);
    assertThat(all[37]).isEqualTo(300);
    assertThat(all[73]).isEqualTo(13);
    assertThat(all[109]).isEqualTo(435);

    int[] newest = buffer.context(1);
    assertThat(newest).hasSize(36);
    assertThat(newest[0]).isEqualTo(400);
  }

  @Test
  void startsEmptyAgain() {
    TokenBuffer buffer = new TokenBuffer(2);
    buffer.addFrame(frame(1), 0);
    buffer.addAction(3);
    buffer.clear();
    buffer.addFrame(frame(2), 0);
    assertThat(buffer.context(8)).hasSize(36).startsWith(200);
  }

  private static long[] frame(int number) {
    return LongStream.range(0, 36).map(i -> number * 100L + i).toArray();
  }
}
