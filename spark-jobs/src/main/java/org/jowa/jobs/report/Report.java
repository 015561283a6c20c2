package org.jowa.jobs.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Writes the report of a run into its folder. */
public final class Report {
  /** The page, within the run folder. */
  public static final String HTML = "report.html";

  private static final String JSON = "report.json";
  private static final String MARKDOWN = "report.md";

  private Report() {}

  /**
   * Writes {@code report.html}, {@code report.json} and {@code report.md}. Equal folders give equal
   * bytes; what is missing is said to be missing.
   *
   * @param run address of the run folder, on any file system that Hadoop knows
   * @param dataset what the run was trained on, if it can still be read
   * @param reconstructions frames and what the run's tokenizer makes of them
   * @return the headline, one sentence a line, for the console
   * @throws org.jowa.error.InvalidInputException if {@code run} is not a run folder
   * @throws IOException if the folder cannot be read or written
   */
  public static String write(
      String run, Optional<DatasetFacts> dataset, ReconstructionSource reconstructions)
      throws IOException {
    RunFiles files = RunFiles.open(run);
    RunContents contents = RunContents.read(files, dataset, reconstructions);
    files.write(HTML, bytes(HtmlReport.of(contents)));
    files.write(JSON, bytes(JsonReport.of(contents)));
    files.write(MARKDOWN, bytes(MarkdownReport.of(contents)));
    return String.join("\n", Headline.of(contents).sentences());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
