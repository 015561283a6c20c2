package org.jowa.jobs.launch;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jowa.data.storage.StoreFailures;
import org.jowa.error.FailureKind;
import org.jowa.error.Reason;
import org.jowa.error.ReportedException;
import org.jowa.model.collective.CollectiveException;
import org.jowa.model.collective.UnusableProcessException;

/**
 * What stopped a rank, in a form that reaches the driver whatever the cause's class is: thrown by
 * the rank's task, or made by the driver for a rank that could not say anything any more.
 */
final class RankFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Who speaks of it. */
  enum Origin {
    /** The rank that failed. */
    RANK,
    /** Another one, which is not the reason of anything. */
    NEWS,
    /** Nobody: the process is gone, or has to go. */
    LOST
  }

  private final FailureKind kind;
  private final Origin origin;
  private final int rank;
  private final String reason;
  private final List<String> log;

  private RankFailure(FailureKind kind, Origin origin, int rank, String reason, List<String> log) {
    super("rank " + rank + ": " + reason);
    this.kind = kind;
    this.origin = origin;
    this.rank = rank;
    this.reason = reason;
    this.log = List.copyOf(log);
  }

  /**
   * What a rank tells of its end. News of another's failure counts as that one's.
   *
   * @param log last lines of the rank's log
   */
  static RankFailure of(int rank, Throwable cause, List<String> log) {
    int atFault = cause instanceof CollectiveException news ? news.rankAtFault() : rank;
    RankFailure failure =
        new RankFailure(kindOf(cause), originOf(cause), atFault, reasonOf(cause), log);
    failure.setStackTrace(Reason.root(cause).getStackTrace());
    return failure;
  }

  /** A rank whose process ended, or was ended, without a word. */
  static RankFailure lost(int rank, String reason, List<String> log) {
    return new RankFailure(FailureKind.FAULT, Origin.LOST, rank, reason, log);
  }

  /** A rank whose task failed with something that could not be read. */
  static RankFailure other(int rank, String reason) {
    return new RankFailure(FailureKind.FAULT, Origin.RANK, rank, reason, List.of());
  }

  FailureKind kind() {
    return kind;
  }

  Origin origin() {
    return origin;
  }

  int rank() {
    return rank;
  }

  String reason() {
    return reason;
  }

  List<String> log() {
    return log;
  }

  private static FailureKind kindOf(Throwable cause) {
    if (originOf(cause) != Origin.RANK) {
      return FailureKind.FAULT;
    }
    FailureKind told =
        cause instanceof ReportedException reported ? reported.kind() : FailureKind.FAULT;
    // Whatever a store's failure was wrapped in.
    boolean maybeStores = told == FailureKind.INPUT || told == FailureKind.FAULT;
    return maybeStores && StoreFailures.isBehind(cause) ? FailureKind.STORE : told;
  }

  private static Origin originOf(Throwable cause) {
    if (cause instanceof UnusableProcessException) {
      return Origin.LOST;
    }
    boolean others =
        cause instanceof CollectiveException
            || (isInterruption(cause) && !StoreFailures.isBehind(cause));
    return others ? Origin.NEWS : Origin.RANK;
  }

  /** Spark interrupts the tasks of a stage that has failed. */
  private static boolean isInterruption(Throwable cause) {
    Throwable root = Reason.root(cause);
    return cause instanceof CancellationException
        || root instanceof InterruptedException
        || (root instanceof InterruptedIOException && !(root instanceof SocketTimeoutException))
        || root instanceof java.nio.channels.ClosedByInterruptException
        || root instanceof org.apache.spark.TaskKilledException;
  }

  private static String reasonOf(Throwable cause) {
    if (cause instanceof ReportedException || cause instanceof CollectiveException) {
      return String.valueOf(cause.getMessage());
    }
    return cause.toString().lines().findFirst().orElse("");
  }
}
