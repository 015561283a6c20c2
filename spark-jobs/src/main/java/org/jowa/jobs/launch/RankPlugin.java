package org.jowa.jobs.launch;

import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.jowa.jobs.spark.Shutdown;
import org.jowa.model.torch.TorchRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets an executor ready for its rank, and lets the ranks save when the driver shuts down. Spark
 * has no way for a driver to talk to its executors but through tasks, so the executors ask.
 */
public final class RankPlugin implements SparkPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(RankPlugin.class);
  private static final String SETTING = "spark.plugins";
  private static final String QUESTION = "shutting down?";
  private static final long EVERY_MILLIS = 500;

  /** Adds the plugin to those that the user has. */
  static void addTo(SparkConf conf) {
    String own = RankPlugin.class.getName();
    String others = conf.get(SETTING, "");
    if (!others.contains(own)) {
      conf.set(SETTING, others.isBlank() ? own : others + "," + own);
    }
  }

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverPlugin() {
      @Override
      public Object receive(Object question) {
        return Shutdown.savesFirst();
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new Asking();
  }

  private static final class Asking implements ExecutorPlugin {
    private final ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "jowa-driver-asked");
              thread.setDaemon(true);
              return thread;
            });
    private boolean told;

    @Override
    public void init(PluginContext context, Map<String, String> extra) {
      // Seconds of work that the executor has time for while the driver waits for all of them.
      timer.execute(Asking::loadNatives);
      timer.scheduleWithFixedDelay(
          () -> ask(context), EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static void loadNatives() {
      try {
        TorchRuntime.init();
      } catch (RuntimeException | LinkageError e) {
        // The rank's own attempt fails as well, and there is somebody to tell.
        LOG.debug("Natives can't be loaded", e);
      }
    }

    private void ask(PluginContext context) {
      try {
        if (Boolean.TRUE.equals(context.ask(QUESTION))) {
          if (!told) {
            LOG.info("The driver is shutting down: ranks save after this step");
            told = true;
          }
          Shutdown.ask("the driver is shutting down");
        }
      } catch (Exception e) {
        // The driver is gone or busy; an executor without a driver ends by itself.
        LOG.debug("The driver doesn't answer", e);
      }
    }

    @Override
    public void shutdown() {
      timer.shutdownNow();
    }
  }
}
