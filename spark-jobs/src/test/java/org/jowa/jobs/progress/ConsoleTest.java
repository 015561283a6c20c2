package org.jowa.jobs.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConsoleTest {
  private static final long SECOND = 1_000_000_000L;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  private Console console(boolean terminal, long total) {
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    return new Console(out, terminal, "pretrain", "steps", total);
  }

  @Test
  void lineHasCountRateTimeLeftAndMessage() {
    assertThat(console(false, 1200).line(300, "total 1.5", 100 * SECOND))
        .isEqualTo("pretrain 300/1,200 steps, 3.0/s, 5:00 left, total 1.5");
  }

  @Test
  void whatWasDoneBeforeTheResumeDoesNotCountInTheRate() {
    Console console = console(false, 1200);
    console.show(200, "");
    assertThat(console.line(300, "", 10 * SECOND))
        .isEqualTo("pretrain 300/1,200 steps, 10/s, 1:30 left");
  }

  @Test
  void terminalGetsABarThatIsDrawnOver() {
    Console console = console(true, 4);
    console.finish(4, "");
    assertThat(written.toString(StandardCharsets.UTF_8))
        .startsWith("\rpretrain [########################] 4/4 steps")
        .endsWith("\033[K\n");
  }

  @Test
  void nothingDoneYetIsNoDivisionByZero() {
    assertThat(console(false, 0).line(0, "", 0)).isEqualTo("pretrain 0/0 steps, took 0:00");
  }
}
