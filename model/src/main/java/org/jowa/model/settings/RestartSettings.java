package org.jowa.model.settings;

/**
 * How patiently ranks are started, and started again: the {@code launch} section of the
 * configuration. None of it decides a result.
 *
 * @param maxRestarts attempts after failures with no new checkpoint between them
 * @param slotsWaitSeconds how long an attempt waits for slots for all ranks
 * @param stallReportSeconds after so long, ranks that wait say for whom
 * @param stallTimeoutSeconds after so long, a rank that stays away has failed
 * @param graceSeconds how long a process that shuts down waits for its ranks to save
 */
@Section("launch")
public record RestartSettings(
    @Setting(
            value = "of ranks that failed, with no new checkpoint between them",
            range = "[0, 1e6]",
            before = "10")
        int maxRestarts,
    @Setting(
            value = "for executors; then refused at the start, with fewer ranks later",
            range = "[0, 1e6]",
            before = "120")
        int slotsWaitSeconds,
    @Setting(
            value = "after so long, ranks that wait say for whom",
            range = "[1, 1e6]",
            before = "30")
        int stallReportSeconds,
    @Setting(
            value = "after so long, a rank that stays away has failed",
            range = "[1, 1e6]",
            before = "300")
        int stallTimeoutSeconds,
    @Setting(
            value = "that a process has for a checkpoint after SIGTERM",
            range = "[0, 1e6]",
            before = "20")
        int graceSeconds) {}
