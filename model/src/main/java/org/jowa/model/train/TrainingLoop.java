package org.jowa.model.train;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;
import org.jowa.error.StoppedException;
import org.jowa.error.StoreException;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.collective.Collective;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.settings.TrainSettings.Gradients;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.RunMetrics.Figures;
import org.jowa.model.train.TimeAccount.Activity;

/**
 * The steps of one rank, from the newest checkpoint to the last step. All ranks run it with the
 * same settings; each reads its own share of every batch, counts and gradients are summed over all,
 * and each makes the same update.
 */
final class TrainingLoop implements AutoCloseable {
  private final Collective collective;
  private final Learner learner;
  private final TrainContext context;
  private final TrainSettings settings;
  private final Run run;
  private final TrainListener listener;
  private final CheckpointStore store;
  private final Checkpointing checkpoints;
  private final GradientSum gradients;
  private final StepClock clock = new StepClock();
  private final TimeAccount time;
  private Optional<RunMetrics> metrics = Optional.empty();
  private final Set<String> warned = new HashSet<>();
  private long lastCheckpoint = -1;

  private TrainingLoop(TrainContext context, Run run, Learner learner, TimeAccount time) {
    this.collective = context.collective();
    this.learner = learner;
    this.context = context;
    this.settings = context.settings();
    this.run = run;
    this.listener = context.listener();
    this.store = CheckpointStore.open(run.checkpoints(), context.hadoop());
    this.checkpoints = Checkpointing.open(context, learner, store);
    this.gradients =
        new GradientSum(
            collective,
            learner.parameters().gradients(),
            settings.gradients().bucketElements(),
            settings.gradients().overlap());
    this.time = time;
  }

  /**
   * Trains to the end. An error of this rank is told to the others before it is thrown.
   *
   * @param learner makes what is trained, once this thread is set up for it; closed at the end
   * @throws DivergedException if a loss or gradient isn't finite
   * @throws StoppedException if a rank was asked to stop
   * @throws org.jowa.model.collective.CollectiveException if another rank failed first
   * @throws StoreException if checkpoints or metrics can't be written
   * @throws org.jowa.error.InvalidInputException if data or checkpoints can't be used
   * @throws CancellationException if the thread was interrupted
   */
  static TrainResult run(TrainContext context, Run run, Supplier<Learner> learner) {
    TimeAccount time = new TimeAccount();
    TorchRuntime.setThreads(context.settings().threads());
    // Threads are reused by whoever started this one, so it gets its gradient mode back.
    boolean gradientsBefore = GradMode.is_enabled();
    try (Learner created = learner.get();
        TrainingLoop loop = new TrainingLoop(context, run, created, time)) {
      return loop.trainOrAbort();
    } catch (StoppedException e) {
      throw e;
    } catch (Throwable e) {
      context.collective().abort(e);
      throw e;
    } finally {
      GradMode.set_enabled(gradientsBefore);
      context.listener().ended(time.spent());
    }
  }

  /** Tells the other ranks at once, before anything is closed. */
  private TrainResult trainOrAbort() {
    try {
      return resumeAndTrain();
    } catch (StoppedException e) {
      throw e;
    } catch (Throwable e) {
      collective.abort(e);
      throw e;
    }
  }

  private TrainResult resumeAndTrain() {
    long found = resume();
    long start = Math.max(found, 0);
    long total = learner.totalSteps();
    time.startsAfter(start);
    listener.started(learner.stage(start), start, total);
    if (found >= total) {
      listener.note(
          String.format(
              Locale.ROOT,
              "Already finished: %s is at step %d of %d",
              run.checkpoints(),
              found,
              total));
      return result(found, 0);
    }
    if (collective.rank() == 0) {
      store.deleteLeftovers(found);
      metrics = Optional.of(RunMetrics.open(run, context.hadoop(), found));
    }
    if (found < 0) {
      begin();
    }
    for (long step = start; step < total; step++) {
      time.begin(Activity.CHECKPOINT);
      checkpoints.poll();
      Optional<String> stop = step(step);
      if (stop.isPresent() && step + 1 < total) {
        throw new StoppedException(
            String.format(
                Locale.ROOT,
                "Stopped on request (%s) at step %d of %d, checkpoint %s is written: run the same"
                    + " command again to go on",
                stop.get(),
                step + 1,
                total,
                store.at(step + 1).location()));
      }
    }
    return result(total, total - start);
  }

  private TrainResult result(long step, long stepsNow) {
    return new TrainResult(step, stepsNow, store.at(step).location(), time.spent());
  }

  @Override
  public void close() {
    gradients.close();
    // The writer may still be saving metrics.
    checkpoints.close();
    metrics.ifPresent(RunMetrics::close);
  }

  /** Returns the number of steps done, or -1 in a new run. */
  private long resume() {
    double[] found = {0};
    if (collective.rank() == 0) {
      found[0] = store.newest().map(checkpoint -> checkpoint.state().step() + 1).orElse(0L);
    }
    // Rank 0 decides, so that all go on from the same one; verifying it can take long.
    collective.barrier(Checkpointing.TIMEOUT);
    collective.allReduceSum(found);
    long step = (long) found[0] - 1;
    if (step >= 0) {
      load(store.at(step));
      collective.barrier(Checkpointing.TIMEOUT);
    }
    return step;
  }

  private void load(Checkpoint checkpoint) {
    CheckpointState then = checkpoint.state();
    Compatibility.check(
            checkpoint, state(then.step()), run.mayChange().keys(then.step(), then.settings()))
        .forEach(listener::note);
    try (Safetensors model = checkpoint.model();
        Safetensors optimizer = checkpoint.optimizer()) {
      learner.loadModel(model);
      learner.loadState(optimizer);
    }
    if (checkpoint.hasTokenizer()) {
      try (Safetensors tokenizer = checkpoint.tokenizer()) {
        learner.loadTokenizer(tokenizer);
      }
    }
    learner.restore(then.counters());
    lastCheckpoint = then.step();
    if (then.step() > 0) {
      listener.note("Resuming from " + checkpoint);
    }
  }

  /** Ends with a checkpoint, so that from then on a damaged one always has an older one. */
  private void begin() {
    learner.begin(collective);
    context
        .initialWeights()
        .ifPresent(
            uri -> {
              Optional<Long> seed =
                  InitialWeights.load(
                      uri, context.hadoop(), learner.parameters(), learner::imports);
              listener.note("Starting from the weights of " + uri);
              learner.weightsImported(seed).ifPresent(listener::note);
            });
    Map<String, Double> heldOut = heldOutIsDue(0) ? heldOut(0) : Map.of();
    metrics.ifPresent(log -> log.add(Figures.atStart(learner.stage(0), heldOut)));
    saveCheckpoint(0);
  }

  /** Returns who asked to stop after this step, if anyone did. */
  private Optional<String> step(long step) {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("Training was interrupted before step " + (step + 1));
    }
    collective.at(String.format(Locale.ROOT, "step %d of %s", step + 1, learner.stage(step)));
    clock.start();
    time.begin(Activity.COMPUTING);
    learner.prepare(step);
    time.begin(Activity.DATA);
    double[] counts = learner.read(step);
    time.begin(Activity.EXCHANGING);
    collective.allReduceSum(counts);
    time.begin(Activity.COMPUTING);
    learner.parameters().zeroGradients();
    Consumer<Range> complete = gradients.begin(learner.optimizer().learning());
    double[] sums = learner.accumulate(step, counts, complete);
    time.begin(Activity.EXCHANGING);
    boolean finite = Arrays.stream(sums).allMatch(Double::isFinite);
    StepNews news = StepNews.exchange(collective, sums, !finite, context.stop().isRequested());
    stopIfFaulty(step, news, "the loss isn't finite");
    gradients.finish();
    time.begin(Activity.COMPUTING);
    double norm = learner.optimizer().gradientNorm();
    if (!Double.isFinite(norm)) {
      throw gradientDiverged(step, counts, norm);
    }
    learner
        .optimizer()
        .step(norm, learner.clipNorm() > 0 ? learner.clipNorm() : Double.POSITIVE_INFINITY);
    learner.updated(step, news.sums());
    clock.stop();
    time.begin(Activity.OTHER);
    time.stepDone(step + 1);
    afterStep(step + 1, news, norm);
    return news.stop();
  }

  /** Finds the ranks whose share gave the gradients that aren't finite, by computing them again. */
  private RuntimeException gradientDiverged(long step, double[] counts, double norm) {
    learner.parameters().zeroGradients();
    learner.accumulate(step, counts, range -> {});
    boolean fault = !Double.isFinite(learner.optimizer().gradientNorm());
    StepNews news = StepNews.exchange(collective, new double[0], fault, false);
    stopIfFaulty(step, news, "the gradient's norm is " + norm);
    // Every share alone is finite, only their sum isn't.
    return diverged(step, "the norm of the summed gradient is " + norm);
  }

  private void stopIfFaulty(long step, StepNews news, String what) {
    if (news.isFaultHere()) {
      throw diverged(step, what);
    }
    if (news.isFaultAnywhere()) {
      // The rank at fault tells why; this one learns it here.
      collective.barrier();
    }
  }

  private DivergedException diverged(long step, String what) {
    return new DivergedException(
        String.format(
            Locale.ROOT,
            "Training stopped at step %d (%s): %s on rank %d, %s; the checkpoint of step %d was"
                + " taken before that: lower the learning rate or look at those samples, then run"
                + " again",
            step + 1,
            learner.stage(step),
            what,
            collective.rank(),
            learner.batch(),
            lastCheckpoint));
  }

  private void afterStep(long done, StepNews news, double norm) {
    long step = done - 1;
    Map<String, Double> losses = learner.losses(step, news.sums());
    listener.stepDone(
        new TrainListener.Progress(
            learner.stage(step),
            done,
            learner.totalSteps(),
            clock.rate(),
            losses,
            norm,
            time.spent()));
    if (news.stop().isPresent()) {
      // First of all: whoever asked may not wait for long.
      saveCheckpoint(done);
      checkpoints.finish();
    }
    Map<String, Double> heldOut = heldOutIsDue(done) ? heldOut(done) : Map.of();
    if (done % settings.metrics().every() == 0 || learner.endsStageAt(done) || !heldOut.isEmpty()) {
      metrics.ifPresent(log -> log.add(figures(done, losses, news.sums(), norm, heldOut)));
    }
    if (news.stop().isEmpty()
        && (done % settings.checkpoint().every() == 0 || learner.endsStageAt(done))) {
      saveCheckpoint(done);
    }
  }

  private Figures figures(
      long done,
      Map<String, Double> losses,
      double[] sums,
      double norm,
      Map<String, Double> heldOut) {
    double seconds = clock.secondsPerStepSinceLap();
    clock.lap();
    Map<String, Double> rates = new LinkedHashMap<>();
    learner.unitsPerStep(done - 1).forEach((name, units) -> rates.put(name, units / seconds));
    return new Figures(
        learner.stage(done - 1),
        done,
        losses,
        learner.gameLosses(done - 1, sums),
        norm,
        rates,
        heldOut);
  }

  private boolean heldOutIsDue(long done) {
    return settings.metrics().heldOutEvery() > 0
        && learner.heldOutBatches() > 0
        && (done % settings.metrics().heldOutEvery() == 0 || learner.endsStageAt(done));
  }

  private Map<String, Double> heldOut(long done) {
    time.begin(Activity.HELD_OUT);
    // At the end of a stage these are still that stage's losses.
    long step = Math.max(0, done - 1);
    double[] sums = learner.heldOut(0, step);
    long batches = Math.min(settings.metrics().heldOutBatches(), learner.heldOutBatches());
    for (long batch = 1; batch < batches; batch++) {
      double[] next = learner.heldOut(batch, step);
      for (int i = 0; i < sums.length; i++) {
        sums[i] += next[i];
      }
    }
    collective.allReduceSum(sums);
    Map<String, Double> losses = learner.losses(step, sums);
    time.begin(Activity.OTHER);
    String stage = learner.stage(step);
    listener.heldOut(stage, done, losses);
    learner
        .atBaseline(step, losses)
        .filter(warning -> warned.add(stage))
        .ifPresent(warning -> listener.warning(stage, done, warning));
    return losses;
  }

  private void saveCheckpoint(long done) {
    time.begin(Activity.CHECKPOINT);
    checkpoints.save(state(done), metrics.map(RunMetrics::saving).orElse(() -> {}));
    lastCheckpoint = done;
    if (done > 0 && learner.endsStageAt(done)) {
      checkpoints.finish();
    }
    time.begin(Activity.OTHER);
  }

  private CheckpointState state(long done) {
    return CheckpointState.of(
        learner.stage(Math.max(0, done - 1)),
        done,
        settings.seed(),
        collective.worldSize(),
        settings.threads(),
        identity(),
        context.inputs(),
        CheckpointVersions.current(),
        learner.counters());
  }

  private Map<String, String> identity() {
    Map<String, String> keys = new LinkedHashMap<>(run.identity());
    keys.put(Gradients.BUCKET_MIB, String.valueOf(settings.gradients().bucketMib()));
    return keys;
  }
}
