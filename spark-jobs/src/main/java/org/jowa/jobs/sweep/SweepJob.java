package org.jowa.jobs.sweep;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.tokens.TokenSet;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.error.ReportedException;
import org.jowa.jobs.evaluate.EvaluateJob;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.finetune.FinetuneJob;
import org.jowa.jobs.finetune.FinetuneStart;
import org.jowa.jobs.pretrain.PretrainJob;
import org.jowa.jobs.report.ComparisonJob;
import org.jowa.jobs.report.ComparisonJob.Reported;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.jobs.tokenize.TokenizeJob;
import org.jowa.jobs.tokenizer.TrainTokenizerJob;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains and evaluates the runs of a sweep, one after another, and compares them. Each part is the
 * job of the command of that name; started again after it was killed, parts that are done stay and
 * the rest goes on. A run that fails keeps none of the others from being made.
 *
 * @param out URI of the folder that gets a run folder for each run, and {@code report/}
 * @param runs what is trained, of which the first says what the tokenizer is trained with
 * @param ranks that train together
 * @param tokenizerRun run whose tokenizer all use that have none of their own; empty to train one
 *     in {@code tokenizer/}
 * @param roms where the user keeps ROMs, if they said so
 */
public record SweepJob(
    String out, List<SweepRun> runs, int ranks, Optional<String> tokenizerRun, Optional<Path> roms)
    implements Job<SweepJob.Outcome> {
  private static final Logger LOG = LoggerFactory.getLogger(SweepJob.class);

  /** Below the sweep's folder. */
  public static final String REPORT = "report";

  private static final String TOKENIZER = "tokenizer";

  /**
   * What became of a sweep.
   *
   * @param headline of the report, a sentence a line; empty if no run came to its end
   * @param failures why, by run folder
   */
  public record Outcome(String headline, Map<String, String> failures) {}

  /**
   * Does what is not done yet, and writes the report of all runs that came to their end.
   *
   * @throws InvalidInputException if there is no such data set for any of the runs, or no tokenizer
   */
  @Override
  public Outcome run(SparkJobs jobs) {
    Optional<String> shared = sharedTokenizer(jobs);
    Map<String, String> failures = new LinkedHashMap<>();
    List<Reported> reported = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      SweepRun run = runs.get(i);
      LOG.info("[{}/{}] {}", i + 1, runs.size(), run.folder());
      try {
        train(jobs, run, shared);
        evaluate(jobs, run, reported);
      } catch (IOException | RuntimeException e) {
        requireGoingOn(jobs, e);
        LOG.error("{} failed, going on with the others", run.folder(), e);
        failures.put(
            run.folder(), ReportedException.in(e).map(Reason::of).orElseGet(() -> Reason.of(e)));
      }
    }
    return new Outcome(report(reported), failures);
  }

  /** The run folder of the tokenizer that runs without one of their own use; empty without such. */
  private Optional<String> sharedTokenizer(SparkJobs jobs) {
    for (String data : runs.stream().map(SweepRun::data).distinct().toList()) {
      Dataset.open(data, SparkJobs.hadoop());
    }
    Optional<SweepRun> first =
        runs.stream()
            .filter(run -> !run.ownTokenizer() && run.initFrom().isEmpty())
            .filter(run -> !run.config().settings().tokenizer().isJoint())
            .findFirst();
    if (first.isEmpty()) {
      return Optional.empty();
    }
    if (tokenizerRun.isEmpty()) {
      String folder = out + "/" + TOKENIZER;
      new TrainTokenizerJob(first.get().data(), folder, first.get().config(), ranks).run(jobs);
      return Optional.of(folder);
    }
    RunFolder.at(tokenizerRun.get(), SparkJobs.hadoop()).tokenizer();
    return tokenizerRun;
  }

  private void train(SparkJobs jobs, SweepRun run, Optional<String> shared) {
    if (run.initFrom().isPresent()) {
      String from = run.initFrom().get();
      FinetuneStart start = new FinetuneStart(from, Optional.empty(), from, Map.of());
      new FinetuneJob(run.data(), run.folder(), run.config(), ranks, start, List.of()).run(jobs);
      return;
    }
    String lender = run.folder();
    if (run.config().settings().tokenizer().isJoint()) {
      new PretrainJob(run.data(), lender, run.config(), ranks, lender, Optional.empty()).run(jobs);
      return;
    }
    if (run.ownTokenizer()) {
      new TrainTokenizerJob(run.data(), lender, run.config(), ranks).run(jobs);
    } else {
      lender = shared.orElseThrow();
    }
    TrainedTokenizer tokenizer =
        TrainedTokenizer.of(RunFolder.at(lender, SparkJobs.hadoop()).tokenizer());
    if (!TokenSet.exists(Dataset.open(run.data(), SparkJobs.hadoop()), tokenizer.hash())) {
      new TokenizeJob(run.data(), lender).run(jobs);
    }
    new PretrainJob(run.data(), run.folder(), run.config(), ranks, lender, Optional.empty())
        .run(jobs);
  }

  private void evaluate(SparkJobs jobs, SweepRun run, List<Reported> reported) throws IOException {
    for (Map.Entry<String, EvaluationPlan> evaluation : run.evaluations().entrySet()) {
      String name = new EvaluateJob(evaluation.getValue(), roms).run(jobs).name();
      reported.add(new Reported(evaluation.getKey(), run.folder(), Optional.of(name)));
    }
  }

  private String report(List<Reported> reported) {
    if (reported.isEmpty()) {
      return "";
    }
    List<Reported> inOrder = new ArrayList<>();
    for (String variant : SweepRun.variants(runs)) {
      reported.stream().filter(run -> run.label().equals(variant)).forEach(inOrder::add);
    }
    return ComparisonJob.compare(inOrder, out + "/" + REPORT, SparkJobs.hadoop());
  }

  /** Without a context no other run can be made, and the context is what ended. */
  private static void requireGoingOn(SparkJobs jobs, Exception failure) {
    SparkJobs.requireGoingOn(jobs.context().sc(), failure);
    if (jobs.context().sc().isStopped()) {
      throw failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
    }
  }
}
