package org.jowa.jobs.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.model.train.RunLayout;

/**
 * What a run is doing, as its driver last wrote it to {@code RUN/status.json}.
 *
 * @param state of the run
 * @param command that trains
 * @param stage where rank 0 is, as in metrics
 * @param step steps done
 * @param total steps that will have been done at the end
 * @param stepsPerSecond lately; 0 while nothing is known
 * @param attempt from 1; attempts after the first are restarts
 * @param ranks that train now
 * @param wantedRanks that the user asked for
 * @param goodput useful step time over wall time so far, from 0 to 1
 * @param lastFailure which rank failed first, where and why; empty if none has
 * @param application Spark's identifier of it
 * @param started when the command began, in ISO 8601
 * @param updated when this was written, in ISO 8601
 * @param members the ranks
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record RunStatus(
    State state,
    String command,
    String stage,
    long step,
    long total,
    @JsonProperty("steps_per_second") double stepsPerSecond,
    int attempt,
    int ranks,
    @JsonProperty("wanted_ranks") int wantedRanks,
    double goodput,
    @JsonProperty("last_failure") String lastFailure,
    String application,
    String started,
    String updated,
    List<Member> members) {
  /** Name of the file in the run folder. */
  public static final String FILE = RunLayout.STATUS;

  /** A driver that lives writes at least this often. */
  static final Duration EVERY = Duration.ofSeconds(3);

  /** So many missed updates mean that nobody writes any more. */
  private static final int MISSED = 10;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .build();

  /** What a run does. */
  public enum State {
    /** Ranks train. */
    RUNNING,
    /** An attempt failed, another one follows. */
    RESTARTING,
    /** All steps are done. */
    FINISHED,
    /** It was stopped, and saved first. */
    STOPPED,
    /** It ended before, and nobody tries again. */
    FAILED
  }

  /**
   * One rank.
   *
   * @param rank its number
   * @param host it runs on
   * @param pid of its process
   * @param step steps that it has done
   * @param doing where it is
   * @param rssMib resident memory of its process
   * @param peakRssMib most resident memory so far
   */
  public record Member(
      int rank,
      String host,
      long pid,
      long step,
      String doing,
      @JsonProperty("rss_mib") long rssMib,
      @JsonProperty("peak_rss_mib") long peakRssMib) {}

  /**
   * Reads a run's status.
   *
   * @throws InvalidInputException if the run has none, or it can't be read
   */
  public static RunStatus read(RunFolder run) {
    if (!run.storage().exists(FILE)) {
      throw new InvalidInputException(
          "No %s in %s: nothing was trained there, or the folder isn't a run's"
              .formatted(FILE, run.uri()));
    }
    try {
      return JSON.readValue(run.storage().read(FILE), RunStatus.class);
    } catch (IOException e) {
      throw new InvalidInputException(
          "Cannot read %s: %s".formatted(run.storage().describe(FILE), Reason.of(e)), e);
    }
  }

  byte[] toJson() {
    try {
      return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The status as JSON for programs. */
  public String json() {
    return new String(toJson(), StandardCharsets.UTF_8).strip();
  }

  /** Whether its driver meant to go on when it wrote this. */
  boolean isGoingOn() {
    return state == State.RUNNING || state == State.RESTARTING;
  }

  /** Whether a run that should go on has not been heard of for long. */
  public boolean isSilent(Instant now) {
    return isGoingOn() && age(now).compareTo(EVERY.multipliedBy(MISSED)) > 0;
  }

  private Duration age(Instant now) {
    return Duration.between(Instant.parse(updated), now);
  }

  /** The status for a person. */
  public String text(Instant now) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s %s: step %,d of %,d%s%s",
            command,
            state.name().toLowerCase(Locale.ROOT),
            step,
            total,
            stage.isEmpty() ? "" : ", " + stage,
            stepsPerSecond > 0
                ? String.format(Locale.ROOT, ", %.2f steps/s", stepsPerSecond)
                : ""));
    if (isSilent(now)) {
      lines.add(
          String.format(
              Locale.ROOT,
              "not heard of for %d s: the driver is gone; run the same command again to go on",
              age(now).toSeconds()));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "%d of %d ranks, attempt %d (%d restarts), goodput %.1f%%",
            ranks,
            wantedRanks,
            attempt,
            attempt - 1,
            100 * goodput));
    if (!lastFailure.isEmpty()) {
      lines.add("last failure: " + lastFailure);
    }
    members.forEach(
        member ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "rank %d: host %s, process %d, step %,d, %s, %,d MiB resident (peak %,d)",
                    member.rank,
                    member.host,
                    member.pid,
                    member.step,
                    member.doing,
                    member.rssMib,
                    member.peakRssMib)));
    lines.add("application %s, started %s, written %s".formatted(application, started, updated));
    return String.join(System.lineSeparator(), lines);
  }
}
