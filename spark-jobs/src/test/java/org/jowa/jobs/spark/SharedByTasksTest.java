package org.jowa.jobs.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedByTasksTest {
  private final SharedByTasks<Model> shared = new SharedByTasks<>();
  private final AtomicInteger made = new AtomicInteger();

  private static final class Model implements AutoCloseable {
    private int closed;

    @Override
    public void close() {
      closed++;
    }
  }

  private SharedByTasks<Model>.Lease lease(String name) {
    return shared.lease(
        name,
        () -> {
          made.incrementAndGet();
          return new Model();
        });
  }

  @Test
  void tasksAtTheSameTimeAndLaterOnesHaveTheSameValue() throws Exception {
    ExecutorService tasks = Executors.newFixedThreadPool(4);
    try {
      CyclicBarrier together = new CyclicBarrier(4);
      List<Future<Model>> models = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        models.add(
            tasks.submit(
                () -> {
                  together.await();
                  try (SharedByTasks<Model>.Lease lease = lease("a")) {
                    return lease.value();
                  }
                }));
      }
      Model first = models.get(0).get();
      for (Future<Model> model : models) {
        assertThat(model.get()).isSameAs(first);
      }
      try (SharedByTasks<Model>.Lease later = lease("a")) {
        assertThat(later.value()).isSameAs(first);
      }
      assertThat(made).hasValue(1);
      assertThat(first.closed).isZero();
    } finally {
      tasks.shutdownNow();
    }
  }

  @Test
  void aRetiredValueIsClosedOnceAfterItsLastUser() {
    SharedByTasks<Model>.Lease one = lease("a");
    SharedByTasks<Model>.Lease two = lease("a");
    Model model = one.value();
    shared.retire();
    one.close();
    one.close();
    assertThat(model.closed).isZero();
    two.close();
    assertThat(model.closed).isEqualTo(1);
    shared.retire();
    assertThat(model.closed).isEqualTo(1);
    lease("a").close();
    assertThat(made).hasValue(2);
  }

  @Test
  void anotherValueTakesTheFirstOnesPlace() {
    SharedByTasks<Model>.Lease first = lease("a");
    try (SharedByTasks<Model>.Lease second = lease("b")) {
      assertThat(second.value()).isNotSameAs(first.value());
      assertThat(first.value().closed).isZero();
      first.close();
      assertThat(first.value().closed).isEqualTo(1);
      assertThat(second.value().closed).isZero();
    }
  }

  @Test
  void whatCouldNotBeMadeIsTriedAgain() {
    assertThatThrownBy(
            () ->
                shared.lease(
                    "a",
                    () -> {
                      throw new IllegalStateException("no file");
                    }))
        .hasMessage("no file");
    lease("a").close();
    assertThat(made).hasValue(1);
  }
}
