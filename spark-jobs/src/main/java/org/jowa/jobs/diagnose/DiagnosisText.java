package org.jowa.jobs.diagnose;

import java.util.ArrayList;
import java.util.List;
import org.jowa.jobs.html.Numbers;
import org.jowa.model.diagnosis.Figure;
import org.jowa.model.diagnosis.StageFigures;
import org.jspecify.annotations.Nullable;

/** A diagnosis as people read it: a row for each figure, the same on the console and in reports. */
public final class DiagnosisText {
  /** Heads of the columns of {@link #rows}. */
  public static final List<String> COLUMNS =
      List.of("stage", "game", "figure", "value", "baseline", "passes when", "");

  private DiagnosisText() {}

  /** A row for each figure, its cells in the order of {@link #COLUMNS}. */
  public static List<List<String>> rows(Diagnosis diagnosis) {
    List<List<String>> rows = new ArrayList<>();
    for (StageFigures stage : diagnosis.stages()) {
      for (Figure figure : stage.figures()) {
        rows.add(
            List.of(
                stage.stage().words(),
                stage.game(),
                figure.name(),
                number(figure.value()),
                number(figure.baseline()),
                figure.gate() == null ? "" : figure.gate(),
                outcome(figure)));
      }
    }
    return rows;
  }

  private static String number(@Nullable Double value) {
    return value == null ? "–" : Numbers.significant(value);
  }

  private static String outcome(Figure figure) {
    if (figure.gate() == null) {
      return "";
    }
    if (figure.passes() == null) {
      return "not measured";
    }
    return figure.passes() ? "pass" : "FAIL";
  }

  /** A table, notes, and the verdict last. */
  public static String of(Diagnosis diagnosis) {
    List<List<String>> lines = new ArrayList<>(List.of(COLUMNS));
    lines.addAll(rows(diagnosis));
    StringBuilder text = new StringBuilder();
    List<String> above = COLUMNS;
    for (List<String> line : lines) {
      boolean newPart = !line.subList(0, 2).equals(above.subList(0, 2));
      if (newPart) {
        text.append('\n');
      }
      StringBuilder row = new StringBuilder();
      for (int column = 0; column < line.size(); column++) {
        int of = column;
        int width = lines.stream().mapToInt(l -> l.get(of).length()).max().orElse(0);
        boolean isNumber = column == 3 || column == 4;
        boolean repeats = column < 2 && !newPart && line != lines.get(0);
        String cell = repeats ? "" : line.get(column);
        String room = " ".repeat(width - cell.length());
        row.append(isNumber ? room + cell : cell + room).append("  ");
      }
      text.append(row.toString().stripTrailing()).append('\n');
      above = line;
    }
    text.append('\n');
    diagnosis.notes().forEach(note -> text.append(note).append('\n'));
    return text.append("diagnosis: ").append(diagnosis.verdict()).toString();
  }
}
