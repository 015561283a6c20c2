package org.jowa.jobs.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jowa.data.storage.Json;
import org.jowa.model.diagnosis.Stage;
import org.jowa.model.diagnosis.StageFigures;
import org.jowa.model.settings.Gates;
import org.junit.jupiter.api.Test;

/** The figures of a quickstart whose tokenizer used 11 codes and lost the ball, judged anew. */
class BlindQuickstartTest {
  @Test
  void isNamedBlindByItsFigures() throws IOException {
    List<StageFigures> judged = judged(Gates.STANDARD);

    assertThat(Diagnosis.firstFailing(judged)).hasValue(Stage.TOKENIZER);
    assertThat(Verdict.of(judged, List.of()))
        .startsWith("the gate of the tokenizer is the first to fail, in Breakout, Pong")
        .contains("small things found again", "L1");
    for (StageFigures figures : judged) {
      if (figures.stage() == Stage.TOKENIZER) {
        assertThat(figures.figures().stream().filter(figure -> figure.fails())).hasSize(2);
      }
    }
  }

  @Test
  void passesTheTokenizerWithGatesThatAskForNothing() throws IOException {
    List<StageFigures> judged = judged(new Gates(0, 0, 100, 0, 0, -1, 1));
    assertThat(judged.stream().filter(s -> s.stage() == Stage.TOKENIZER))
        .isNotEmpty()
        .noneMatch(StageFigures::fails);
  }

  private static List<StageFigures> judged(Gates gates) throws IOException {
    try (InputStream file =
        BlindQuickstartTest.class.getResourceAsStream("blind-quickstart.json")) {
      return Json.read(file.readAllBytes(), Diagnosis.class, "blind-quickstart.json")
          .stages()
          .stream()
          .map(stage -> stage.judged(gates))
          .toList();
    }
  }
}
