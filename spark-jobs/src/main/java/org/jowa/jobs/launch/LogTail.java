package org.jowa.jobs.launch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.jspecify.annotations.Nullable;

/**
 * The last lines that this process logged, kept in memory: a rank's report carries them to the
 * driver, so that nobody has to look for an executor's log to learn why it failed.
 */
final class LogTail extends AbstractAppender {
  private static final int LINES = 20;
  private static final int LINE_LENGTH = 500;

  private static @Nullable LogTail installed;

  private final Deque<String> lines = new ArrayDeque<>();

  private LogTail() {
    super(
        "jowa-tail",
        null,
        PatternLayout.newBuilder().withPattern("%d{HH:mm:ss} %-5p %m%n%ex{short}").build(),
        /* ignoreExceptions= */ true,
        Property.EMPTY_ARRAY);
  }

  /** Starts to keep lines, at the first call in a process. */
  static synchronized LogTail install() {
    if (installed == null) {
      installed = new LogTail();
      installed.start();
      // Another logging implementation than Spark's own is possible; then there is no tail.
      if (LogManager.getContext(false) instanceof LoggerContext context) {
        context.getConfiguration().getRootLogger().addAppender(installed, Level.INFO, null);
        context.updateLoggers();
      }
    }
    return installed;
  }

  @Override
  public void append(LogEvent event) {
    String text = (String) getLayout().toSerializable(event);
    synchronized (lines) {
      text.lines()
          .forEach(
              line -> {
                if (lines.size() == LINES) {
                  lines.removeFirst();
                }
                lines.addLast(line.substring(0, Math.min(LINE_LENGTH, line.length())));
              });
    }
  }

  /** The lines kept, oldest first. */
  List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }
}
