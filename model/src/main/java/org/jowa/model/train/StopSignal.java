package org.jowa.model.train;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jowa.error.StoppedException;

/**
 * Asks a training to save and end, from any thread: a shutdown hook, a decommissioning notice. It
 * is enough to ask one rank; all agree on the step after which they end, write a checkpoint, and
 * throw {@link StoppedException}.
 *
 * <p>A shutdown hook has to wait for the rank's thread, and to run before the file systems are
 * closed, which Hadoop does in a hook of its own: register it with Hadoop's {@code
 * ShutdownHookManager} at a priority above that of {@code FileSystem.SHUTDOWN_HOOK_PRIORITY}.
 */
public final class StopSignal {
  private final AtomicReference<String> reason = new AtomicReference<>();

  /**
   * Asks to stop after the step that is under way. Later requests change nothing.
   *
   * @param why in a few words, such as "SIGTERM"
   */
  public void request(String why) {
    reason.compareAndSet(null, why);
  }

  public boolean isRequested() {
    return reason.get() != null;
  }

  /** Why, if it was requested. */
  public Optional<String> reason() {
    return Optional.ofNullable(reason.get());
  }
}
