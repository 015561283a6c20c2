package org.jowa.jobs.launch;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jowa.data.storage.StoreException;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.model.checkpoint.WriteFailedException;
import org.jowa.model.collective.CollectiveException;
import org.jowa.model.collective.UnusableProcessException;
import org.jowa.model.train.TrainingStoppedException;

/**
 * What stopped a rank, in a form that reaches the driver whatever the cause's class is: thrown by
 * the rank's task, or made by the driver for a rank that could not say anything any more.
 */
final class RankFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a failure means for the run. */
  enum Kind {
    /** Wrong command line or configuration: trying again would end the same. */
    USAGE(false),
    /** Something of the user's that has to be mended first. */
    INPUT(false),
    /** A file system that was full or away: may be mended while the driver waits. */
    STORAGE(true),
    /** A process was told to end, and all ranks saved. */
    STOPPED(true),
    /** Another rank failed; not the reason of anything. */
    NEWS(true),
    /** The process is gone, or has to go. */
    LOST(true),
    /** Anything else. In a new process it may go well. */
    OTHER(true);

    private final boolean mayPass;

    Kind(boolean mayPass) {
      this.mayPass = mayPass;
    }

    /** Whether another attempt may go well. */
    boolean mayPass() {
      return mayPass;
    }
  }

  private final Kind kind;
  private final int rank;
  private final String reason;
  private final List<String> log;

  private RankFailure(Kind kind, int rank, String reason, List<String> log) {
    super("rank " + rank + ": " + reason);
    this.kind = kind;
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
    RankFailure failure = new RankFailure(kindOf(cause), atFault, reasonOf(cause), log);
    failure.setStackTrace(root(cause).getStackTrace());
    return failure;
  }

  /** A rank whose process ended, or was ended, without a word. */
  static RankFailure lost(int rank, String reason, List<String> log) {
    return new RankFailure(Kind.LOST, rank, reason, log);
  }

  /** A rank whose task failed with something that could not be read. */
  static RankFailure other(int rank, String reason) {
    return new RankFailure(Kind.OTHER, rank, reason, List.of());
  }

  Kind kind() {
    return kind;
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

  private static Kind kindOf(Throwable cause) {
    if (cause instanceof UsageException) {
      return Kind.USAGE;
    }
    if (cause instanceof TrainingStoppedException) {
      return Kind.STOPPED;
    }
    if (cause instanceof WriteFailedException) {
      return Kind.STORAGE;
    }
    if (cause instanceof UnusableProcessException) {
      return Kind.LOST;
    }
    if (cause instanceof CollectiveException) {
      return Kind.NEWS;
    }
    if (StoreException.isBehind(cause)) {
      return Kind.STORAGE;
    }
    if (isInterruption(cause)) {
      return Kind.NEWS;
    }
    return cause instanceof InvalidInputException ? Kind.INPUT : Kind.OTHER;
  }

  /** Spark interrupts the tasks of a stage that has failed. */
  private static boolean isInterruption(Throwable cause) {
    Throwable root = root(cause);
    return cause instanceof CancellationException
        || root instanceof InterruptedException
        || (root instanceof InterruptedIOException && !(root instanceof SocketTimeoutException))
        || root instanceof java.nio.channels.ClosedByInterruptException
        || root instanceof org.apache.spark.TaskKilledException;
  }

  private static String reasonOf(Throwable cause) {
    if (cause instanceof InvalidInputException || cause instanceof CollectiveException) {
      return cause.getMessage();
    }
    return cause.toString().lines().findFirst().orElse("");
  }

  private static Throwable root(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
