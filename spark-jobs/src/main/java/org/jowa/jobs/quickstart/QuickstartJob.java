package org.jowa.jobs.quickstart;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.diagnose.DiagnoseJob;
import org.jowa.jobs.diagnose.Diagnosis;
import org.jowa.jobs.diagnose.DiagnosisText;
import org.jowa.jobs.evaluate.EvaluateJob;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.evaluate.Player;
import org.jowa.jobs.ingest.IngestJob;
import org.jowa.jobs.pretrain.PretrainJob;
import org.jowa.jobs.record.RecordJob;
import org.jowa.jobs.report.ReportJob;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.jobs.tokenize.TokenizeJob;
import org.jowa.jobs.tokenizer.TrainTokenizerJob;
import org.jowa.model.diagnosis.Stage;
import org.jowa.model.plan.PlannerSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole path in one application: record play, ingest, train the tokenizer, tokenize, pretrain
 * in all stages, evaluate, diagnose, report. Each part is the job of the command of that name;
 * started again after it was killed, parts that are done stay and the rest goes on.
 */
public final class QuickstartJob implements Job<EvaluationSummary> {
  private static final Logger LOG = LoggerFactory.getLogger(QuickstartJob.class);
  private static final String PLAN = "quickstart.json";
  private static final String EVALUATION = "quickstart";

  /** Chance ends what an agent would wait for for ever; sticky actions disturb it enough. */
  private static final double EPSILON = 0.01;

  /** Blocks that the agent remembers. */
  private static final int CONTEXT = 2;

  private final QuickstartPlan plan;
  private final Storage out;
  private final String logs;
  private final String data;
  private final String run;
  private final Optional<Path> roms;

  private QuickstartJob(QuickstartPlan plan, Storage out, String folder, Optional<Path> roms) {
    this.plan = plan;
    this.out = out;
    this.logs = folder + "/logs";
    this.data = folder + "/dataset";
    this.run = folder + "/run";
    this.roms = roms;
  }

  /**
   * @param folder for everything that is made
   * @param roms where the user keeps ROMs, if they said so
   * @throws UsageException if the folder holds something else
   */
  public static QuickstartJob in(String folder, QuickstartPlan plan, Optional<Path> roms) {
    Storage out = Storage.at(folder, SparkJobs.hadoop());
    if (out.exists(PLAN)) {
      QuickstartPlan earlier =
          Json.read(
              new String(out.read(PLAN), StandardCharsets.UTF_8),
              QuickstartPlan.class,
              out.describe(PLAN));
      if (!earlier.equals(plan)) {
        throw new UsageException(
            String.format(
                Locale.ROOT,
                "%s was begun with --minutes %d --seed %d, now it is --minutes %d --seed %d: give"
                    + " the same again to go on, or delete the folder, or choose another --out",
                folder,
                earlier.minutes(),
                earlier.seed(),
                plan.minutes(),
                plan.seed()));
      }
    } else if (!out.list().isEmpty()) {
      throw new UsageException(
          "%s is not empty and no quickstart: delete it or choose another --out".formatted(folder));
    }
    return new QuickstartJob(plan, out, folder, roms);
  }

  /** Path of the report. */
  public String report() {
    return run + "/report.html";
  }

  /**
   * Does what is not done yet.
   *
   * @return how the agent played
   */
  @Override
  public EvaluationSummary run(SparkJobs jobs) throws IOException {
    boolean fromTheStart = !out.exists(PLAN);
    WholeFiles.write(out, PLAN, Json.write(plan).getBytes(StandardCharsets.UTF_8));
    TimeEstimate estimate =
        TimeEstimate.measure(plan, QuickstartPlan.RANKS * jobs.threadsPerTask(), roms);
    LOG.info("{}", estimate.expectation());
    long start = System.nanoTime();
    step(1, "record play of %s".formatted(String.join(" and ", QuickstartPlan.GAMES)));
    new RecordJob(
            new RecordJob.Plan(
                QuickstartPlan.GAMES,
                QuickstartPlan.POLICIES.size(),
                QuickstartPlan.POLICIES,
                plan.recordedSteps(),
                QuickstartPlan.RECORDED,
                plan.seed(),
                logs),
            roms)
        .runMissing(jobs);

    step(2, "ingest the logs");
    if (!Dataset.exists(data, SparkJobs.hadoop())) {
      new IngestJob(data, IngestOptions.everything(logs, QuickstartPlan.HELD_OUT, plan.seed()))
          .run(jobs);
    }

    Config config = Config.preset(QuickstartPlan.PRESET).with(plan.settings());
    step(3, "build the tokenizer, a dictionary of patches");
    new TrainTokenizerJob(data, run, config, QuickstartPlan.RANKS).run(jobs);
    step(4, "turn frames into tokens");
    new TokenizeJob(data, run).run(jobs);
    step(
        5,
        String.format(
            Locale.ROOT, "pretrain world model and Q-function on %d ranks", QuickstartPlan.RANKS));
    new PretrainJob(data, run, config, QuickstartPlan.RANKS, run, Optional.empty()).run(jobs);

    step(6, "play whole episodes");
    EvaluationSummary summary = evaluate(jobs);
    step(7, "diagnose what each stage has learned");
    Diagnosis diagnosis =
        new DiagnoseJob(run, Optional.of(data), EnumSet.allOf(Stage.class), List.of()).run(jobs);
    DiagnosisText.of(diagnosis).lines().forEach(line -> LOG.info("{}", line));
    step(8, "write the report");
    LOG.info("{}", new ReportJob(run, Optional.of(data)).run(jobs));
    if (fromTheStart) {
      LOG.info("{}", estimate.outcome((System.nanoTime() - start) * 1e-9));
    }
    return summary;
  }

  private EvaluationSummary evaluate(SparkJobs jobs) throws IOException {
    String file = "run/evaluation/" + EVALUATION + "/" + EvaluationSummary.FILE;
    if (out.exists(file)) {
      return EvaluationSummary.read(new ByteArrayInputStream(out.read(file)), out.describe(file));
    }
    EvaluationPlan evaluation =
        EvaluationPlan.of(
            run,
            null,
            run,
            QuickstartPlan.GAMES,
            new Player(PlannerSettings.none(CONTEXT).withEpsilon(EPSILON), null),
            QuickstartPlan.EVALUATED,
            QuickstartPlan.EPISODES,
            plan.seed(),
            plan.episodeSteps(),
            EVALUATION);
    return new EvaluateJob(evaluation, roms).run(jobs);
  }

  private static void step(int number, String what) {
    LOG.info("[{}/8] {}", number, what);
  }
}
