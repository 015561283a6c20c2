package org.jowa.jobs.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jowa.jobs.progress.TaskProgress.State;
import org.junit.jupiter.api.Test;

class ConsoleTest {
  private static final long SECOND = 1_000_000_000L;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  private Console console(boolean terminal, long total) {
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    return new Console(out, terminal, "pretrain", Amount.of("steps", total));
  }

  @Test
  void lineHasCountRateTimeLeftAndMessage() {
    assertThat(console(false, 1200).line(State.of(300, "total 1.5"), 100 * SECOND))
        .isEqualTo("pretrain 300/1,200 steps, 3.0/s, 5:00 left, total 1.5");
  }

  @Test
  void whatWasDoneBeforeTheResumeDoesNotCountInTheRate() {
    Console console = console(false, 1200);
    console.show(State.of(200, ""));
    assertThat(console.line(State.of(300, ""), 10 * SECOND))
        .isEqualTo("pretrain 300/1,200 steps, 10/s, 1:30 left");
  }

  @Test
  void terminalGetsABarThatIsDrawnOver() {
    Console console = console(true, 4);
    console.finish(State.of(4, ""));
    assertThat(written.toString(StandardCharsets.UTF_8))
        .startsWith("\rpretrain [########################] 4/4 steps")
        .endsWith("\033[K\n");
  }

  @Test
  void nothingDoneYetIsNoDivisionByZero() {
    assertThat(console(false, 0).line(State.of(0, ""), 0))
        .isEqualTo("pretrain 0/0 steps, took 0:00");
  }

  @Test
  void partsThatHaveEndedSayHowLongTheOthersAre() {
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    Console console =
        new Console(out, false, "evaluate", new Amount("steps", 80_000, "episodes", 8));

    assertThat(console.line(new State(400, 0, 0, ""), 100 * SECOND))
        .isEqualTo("evaluate 0/8 episodes, 400 steps, 4.0/s, at most 5:31:40 left");
    // Two of 300 steps have ended; six more of 300, of which 400 steps are done.
    assertThat(console.line(new State(1_000, 2, 600, ""), 100 * SECOND))
        .isEqualTo("evaluate 2/8 episodes, 1,000 steps, 10/s, about 2:20 left");
    assertThat(console.line(new State(2_000, 8, 2_000, ""), 100 * SECOND))
        .isEqualTo("evaluate 8/8 episodes, 2,000 steps, 20/s, took 1:40");
  }

  /** The last one goes on and on: it isn't said to be at its end. */
  @Test
  void aPartLongerThanTheOthersIsNotOver() {
    Amount amount = new Amount("steps", 80_000, "episodes", 8);
    assertThat(amount.expected(new State(9_000, 7, 700, ""))).isEqualTo(9_001);
    assertThat(amount.expected(new State(80_000, 7, 700, ""))).isEqualTo(80_000);
  }
}
