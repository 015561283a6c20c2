package org.jowa.jobs.report;

import java.util.List;
import org.jowa.jobs.html.Html;

/** The page: one file with everything in it. */
final class HtmlReport {
  private HtmlReport() {}

  static String of(RunContents run) {
    Headline headline = Headline.of(run);
    Html html = Html.page(run.name() + " – JOWA run report");
    html.element("body");
    html.add(h -> header(h, run, headline));
    html.element("main");
    html.add(h -> notes(h, run));
    ScoresSection.add(html, run);
    PlaySection.add(html, run);
    DiagnosisSection.add(html, run);
    ReconstructionsSection.add(html, run);
    CurvesSection.add(html, run.metrics());
    DataSection.add(html, run);
    ProvenanceSection.add(html, run);
    html.end();
    html.leaf("footer", "Made by “bin/jowa report” from the run folder alone; opens offline.");
    html.end().end();
    return html.document();
  }

  private static void header(Html html, RunContents run, Headline headline) {
    html.element("header").element("div", "class", "title");
    html.leaf("p", "JOWA on Spark · run report", "class", "overline").leaf("h1", run.name());
    html.element("p", "class", "lead").text(String.join(" ", headline.sentences())).end().end();
    PlaySection.addHead(html, run);
    if (!headline.figures().isEmpty()) {
      html.element("dl", "class", "figures");
      for (Headline.Figure figure : headline.figures()) {
        html.element("div")
            .leaf("dt", figure.label())
            .leaf("dd", figure.value(), "class", "value")
            .leaf("dd", figure.beside(), "class", "beside")
            .end();
      }
      html.end();
    }
    html.end();
  }

  private static void notes(Html html, RunContents run) {
    if (!run.notes().isEmpty()) {
      html.element("aside", "class", "callout");
      for (String note : run.notes()) {
        html.leaf("p", note);
      }
      html.end();
    }
    List<Missing> missing = run.missing();
    if (!missing.isEmpty()) {
      html.element("aside", "class", "callout missing").leaf("h2", "Not in this run");
      html.element("ul");
      for (Missing part : missing) {
        html.element("li").text(part.what());
        if (!part.command().isEmpty()) {
          html.text(" Make it with ").leaf("code", part.command());
        }
        html.end();
      }
      html.end().end();
    }
  }
}
