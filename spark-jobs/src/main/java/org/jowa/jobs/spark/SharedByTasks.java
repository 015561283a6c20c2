package org.jowa.jobs.spark;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One value for all tasks of a process: the first that asks makes it, while the others wait. It
 * outlives the tasks, so that the next ones find it, until it is retired or another is asked for.
 *
 * <pre>{@code
 * try (SharedByTasks<Tokenizer>.Lease tokenizer = TOKENIZER.lease(hash, () -> load(hash))) {
 *   tokenizer.value().tokens(frames);
 * }
 * }</pre>
 */
public final class SharedByTasks<T extends AutoCloseable> {
  private @Nullable Held<T> held;

  /** What a task has while it uses the value. */
  public final class Lease implements AutoCloseable {
    private final Held<T> of;
    private boolean returned;

    private Lease(Held<T> of) {
      this.of = of;
    }

    public T value() {
      return of.value;
    }

    @Override
    public void close() {
      synchronized (SharedByTasks.this) {
        if (!returned) {
          returned = true;
          of.users--;
          of.closeIfUnneeded();
        }
      }
    }
  }

  private static final class Held<T extends AutoCloseable> {
    private final String name;
    private final T value;
    private int users;
    private boolean retired;

    private Held(String name, T value) {
      this.name = name;
      this.value = value;
    }

    private void closeIfUnneeded() {
      if (retired && users == 0) {
        try {
          value.close();
        } catch (RuntimeException e) {
          throw e;
        } catch (Exception e) {
          throw new IllegalStateException("Can't close " + name, e);
        }
      }
    }
  }

  /**
   * @param name tells one value from another
   * @param make how it is made, if this process doesn't have it
   */
  public synchronized Lease lease(String name, Supplier<T> make) {
    Held<T> leased = held;
    if (leased == null || !leased.name.equals(name)) {
      retire();
      leased = new Held<>(name, make.get());
      held = leased;
    }
    leased.users++;
    return new Lease(leased);
  }

  /** Closes the value, if there is one, as soon as no task uses it. */
  public synchronized void retire() {
    if (held != null) {
      Held<T> old = held;
      held = null;
      old.retired = true;
      old.closeIfUnneeded();
    }
  }
}
