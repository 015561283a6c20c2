package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.List;
import org.jowa.jobs.diagnose.Diagnosis;
import org.jowa.jobs.diagnose.DiagnosisText;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.html.Table;

/** What each stage has learned, beside trivial baselines. */
final class DiagnosisSection {
  private DiagnosisSection() {}

  static void add(Html html, RunContents run) {
    html.element("section").leaf("h2", "What it has learned");
    if (run.diagnosis().isEmpty()) {
      html.element("p", "class", "absent")
          .text("Not diagnosed. ")
          .leaf("code", Missing.DIAGNOSE)
          .end();
    } else {
      Diagnosis diagnosis = run.diagnosis().get();
      html.leaf("p", verdict(diagnosis));
      html.leaf("p", words(diagnosis), "class", "facts");
      tables(diagnosis).forEach(html::add);
    }
    html.end();
  }

  static String verdict(Diagnosis diagnosis) {
    return "Diagnosis: " + diagnosis.verdict() + ".";
  }

  static String words(Diagnosis diagnosis) {
    return "Measured on held-out play%s, each figure beside what a trivial alternative gets on the same play; docs/diagnose.md says what they mean."
        .formatted(
            diagnosis.model() == null ? "" : ", checkpoint at step " + diagnosis.model().step());
  }

  /** One for each stage and game. */
  static List<Table> tables(Diagnosis diagnosis) {
    List<Table> tables = new ArrayList<>();
    List<String> before = List.of();
    for (List<String> row : DiagnosisText.rows(diagnosis)) {
      List<String> part = row.subList(0, 2);
      if (!part.equals(before)) {
        List<String> columns = DiagnosisText.COLUMNS.subList(2, row.size());
        tables.add(
            Table.of("%s, %s".formatted(row.get(0), row.get(1)), columns.toArray(String[]::new)));
        before = part;
      }
      tables.get(tables.size() - 1).row(row.subList(2, row.size()));
    }
    return tables;
  }
}
