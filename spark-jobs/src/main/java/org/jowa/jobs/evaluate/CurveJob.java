package org.jowa.jobs.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.Trained;

/**
 * Evaluates several checkpoints of a run in the same way, the oldest first: the points of its score
 * over training. Each is an evaluation like any other, with a name of its own, so a killed one goes
 * on with the same command.
 */
public final class CurveJob implements Job<List<EvaluationSummary>> {
  private final EvaluationPlan plan;
  private final List<Long> steps;
  private final Optional<Path> roms;
  private final Consumer<EvaluationSummary> ended;

  /**
   * @param plan whose checkpoint is of no account; its name, if it has one, is followed by the step
   * @param steps of the checkpoints; none for all that the run has
   * @param roms where the user keeps ROMs, if they said so
   * @param ended is told of each checkpoint's evaluation
   */
  public CurveJob(
      EvaluationPlan plan,
      List<Long> steps,
      Optional<Path> roms,
      Consumer<EvaluationSummary> ended) {
    this.plan = plan;
    this.steps = List.copyOf(steps);
    this.roms = roms;
    this.ended = ended;
  }

  /**
   * Plays. Before the first episode it sees that all checkpoints are there and fit.
   *
   * @throws InvalidInputException if one of the checkpoints isn't there, incomplete or doesn't fit
   */
  @Override
  public List<EvaluationSummary> run(SparkJobs jobs) throws IOException {
    TorchRuntime.init();
    List<EvaluationPlan> plans = plans(SparkJobs.hadoop());
    for (EvaluationPlan ofStep : plans) {
      TrainedAgent.of(ofStep, SparkJobs.hadoop()).fit(ofStep);
    }
    List<EvaluationSummary> summaries = new ArrayList<>();
    for (EvaluationPlan ofStep : plans) {
      EvaluationSummary summary = new EvaluateJob(ofStep, roms).run(jobs);
      ended.accept(summary);
      summaries.add(summary);
    }
    return summaries;
  }

  /** A plan for each checkpoint, the oldest first. */
  List<EvaluationPlan> plans(Configuration hadoop) {
    RunFolder run = RunFolder.at(plan.run(), hadoop);
    List<Long> found =
        CheckpointStore.open(run.layout().checkpoints(Trained.WORLD), hadoop).steps();
    if (found.isEmpty()) {
      run.model();
    }
    List<Long> missing = steps.stream().filter(step -> !found.contains(step)).toList();
    if (!missing.isEmpty()) {
      throw new InvalidInputException(
          "No checkpoint of step %s in %s: there are %s (training keeps the newest checkpoint.keep)"
              .formatted(listed(missing), run.layout().checkpoints(Trained.WORLD), listed(found)));
    }
    List<EvaluationPlan> plans = new ArrayList<>();
    for (long step : steps.isEmpty() ? found : steps.stream().sorted().distinct().toList()) {
      String name =
          plan.name() == null ? null : String.format(Locale.ROOT, "%s-%d", plan.name(), step);
      plans.add(plan.withCheckpoint(Long.toString(step)).withName(name));
    }
    return plans;
  }

  private static String listed(List<Long> steps) {
    return steps.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
