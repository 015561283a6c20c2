package org.jowa.jobs.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.torch.TorchRuntime;

/**
 * Plays games with a trained model, groups of episodes as Spark tasks, and a random player under
 * the same rules beside it.
 *
 * @param roms where the user keeps ROMs, if they said so
 */
public record EvaluateJob(EvaluationPlan plan, Optional<Path> roms)
    implements Job<EvaluationSummary> {
  /**
   * Plays all episodes and writes {@code evaluation/<name>/}: each result when its episode ends,
   * {@code summary.json} last. Episodes whose results are there from a run that was killed are not
   * played again.
   *
   * @throws UsageException if context or horizon are past the model's, or the folder has an
   *     evaluation of other settings
   * @throws InvalidInputException if run, checkpoint, tokenizer or a ROM is missing or doesn't fit,
   *     or another evaluation of the name is at work
   */
  @Override
  public EvaluationSummary run(SparkJobs jobs) throws IOException {
    TorchRuntime.init();
    TrainedAgent agent = TrainedAgent.of(plan, SparkJobs.hadoop());
    String name = name(agent);
    EvaluationPlan fitted = agent.fit(plan.withName(name));
    try (FolderLock lock =
        FolderLock.acquire(
            Storage.at(plan.run(), SparkJobs.hadoop()),
            "_evaluate-%s.lock".formatted(name.replace('/', '-')),
            "evaluation named " + name)) {
      return new Evaluation(fitted, agent, roms).run(jobs, lock);
    }
  }

  private String name(TrainedAgent agent) {
    return plan.name() != null
        ? plan.name()
        : String.format(
            Locale.ROOT,
            "%s-%s-%d",
            plan.plannerName(),
            plan.protocol().id(),
            agent.model().state().step());
  }
}
