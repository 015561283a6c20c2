package org.jowa.jobs.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jowa.error.UsageException;

/** What is wrong with a file that should be YAML, in a line. */
public final class YamlFault {
  private static final Pattern TWICE =
      Pattern.compile("Duplicate (?:field|Object property) ['\"](.*)['\"]");

  private YamlFault() {}

  /**
   * An error that says it.
   *
   * @param where the file's name
   */
  public static UsageException of(String where, JsonProcessingException e) {
    int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
    String message = e.getOriginalMessage().lines().findFirst().orElse("");
    Matcher twice = TWICE.matcher(message);
    return new UsageException(
        twice.lookingAt()
            ? String.format(
                Locale.ROOT,
                "%s has %s twice, again on line %d: keep one",
                where,
                twice.group(1),
                line)
            : String.format(Locale.ROOT, "%s is not YAML: line %d: %s", where, line, message));
  }
}
