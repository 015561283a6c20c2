package org.jowa.jobs.report;

import java.nio.charset.StandardCharsets;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.InvalidInputException;

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
   * @param run the run folder
   * @param dataset what the run was trained on
   * @param reconstructions frames and what the run's tokenizer makes of them
   * @return the headline, one sentence a line, for the console
   * @throws InvalidInputException if {@code run} is not a run folder
   */
  public static String write(
      Storage run, DatasetSource dataset, ReconstructionSource reconstructions) {
    RunContents contents = RunContents.read(run, dataset, reconstructions);
    byte[] html = bytes(HtmlReport.of(contents));
    byte[] json = bytes(JsonReport.of(contents));
    byte[] markdown = bytes(MarkdownReport.of(contents));
    WholeFiles.write(run, HTML, html);
    WholeFiles.write(run, JSON, json);
    WholeFiles.write(run, MARKDOWN, markdown);
    return String.join("\n", Headline.of(contents).sentences());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
