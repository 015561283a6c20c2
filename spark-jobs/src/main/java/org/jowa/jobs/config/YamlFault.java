package org.jowa.jobs.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jowa.error.UsageException;

/** What is wrong with a file that should be YAML, in a line. */
public final class YamlFault {
  private static final Pattern TWICE = Pattern.compile("Duplicate field '(.*)'");
  private static final Pattern MARK = Pattern.compile("\\bline (\\d+), column \\d+");

  private YamlFault() {}

  /**
   * An error that says it.
   *
   * @param where the file's name
   */
  public static UsageException of(String where, JsonProcessingException e) {
    String message = e.getOriginalMessage();
    Matcher twice = TWICE.matcher(message);
    return new UsageException(
        twice.lookingAt()
            ? String.format(
                Locale.ROOT,
                "%s has %s twice, again on line %d: keep one",
                where,
                twice.group(1),
                line(e))
            : String.format(
                Locale.ROOT, "%s is not YAML: line %d: %s", where, line(e), problem(message)));
  }

  /** YAML's messages have the place last, behind that of what it is part of. */
  private static int line(JsonProcessingException e) {
    int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
    Matcher mark = MARK.matcher(e.getOriginalMessage());
    while (mark.find()) {
      line = Integer.parseInt(mark.group(1));
    }
    return line;
  }

  /** What was going on comes before what is wrong; places and quotations are indented. */
  private static String problem(String message) {
    return message
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(" "))
        .reduce((before, after) -> after)
        .orElse("");
  }
}
