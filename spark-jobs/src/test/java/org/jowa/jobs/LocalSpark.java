package org.jowa.jobs;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jowa.jobs.launch.RankLauncher;
import org.jowa.jobs.spark.SparkJobs;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A Spark application in this process, for the tests of a class. */
public final class LocalSpark implements BeforeAllCallback, AfterAllCallback {
  private final Map<String, String> settings = new TreeMap<>();
  private final Supplier<SparkJobs> application;
  private SparkJobs jobs;

  private LocalSpark(int slots, Supplier<SparkJobs> application) {
    this.application = application;
    settings.put("spark.master", "local[" + slots + "]");
    settings.put("spark.driver.host", "localhost");
  }

  /** Independent tasks, so many at once. */
  public static LocalSpark tasks(int slots) {
    return new LocalSpark(slots, () -> SparkJobs.start("test", 1));
  }

  /** One rank. */
  public static LocalSpark rank() {
    return new LocalSpark(1, () -> RankLauncher.application("test", 1, 1));
  }

  /** Adds a setting of Spark's. */
  public LocalSpark with(String key, String value) {
    settings.put(key, value);
    return this;
  }

  public SparkJobs jobs() {
    return jobs;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    settings.forEach(System::setProperty);
    jobs = application.get();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    jobs.close();
    settings.keySet().forEach(System::clearProperty);
  }
}
