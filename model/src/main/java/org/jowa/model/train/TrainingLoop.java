package org.jowa.model.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.collective.Collective;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;

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
  private final StepClock clock = new StepClock();
  private Optional<MetricsLog> metrics = Optional.empty();
  private long lastCheckpoint = -1;

  private TrainingLoop(TrainContext context, Run run, Learner learner) {
    this.collective = context.collective();
    this.learner = learner;
    this.context = context;
    this.settings = context.settings();
    this.run = run;
    this.listener = context.listener();
    this.store = CheckpointStore.open(run.checkpoints(), context.hadoop());
    this.checkpoints = Checkpointing.open(context, learner, store);
  }

  /**
   * Trains to the end. An error of this rank is told to the others before it is thrown.
   *
   * @param learner makes what is trained, once this thread is set up for it; closed at the end
   * @throws DivergedException if a loss or gradient isn't finite
   * @throws org.jowa.model.collective.CollectiveException if another rank failed first
   * @throws org.jowa.error.InvalidInputException if data, checkpoints or metrics can't be used
   * @throws CancellationException if the thread was interrupted
   */
  static TrainResult run(TrainContext context, Run run, Supplier<Learner> learner) {
    TorchRuntime.setThreads(context.settings().threads());
    // Threads are reused by whoever started this one, so it gets its gradient mode back.
    boolean gradientsBefore = GradMode.is_enabled();
    try (Learner created = learner.get();
        TrainingLoop loop = new TrainingLoop(context, run, created)) {
      return loop.resumeAndTrain();
    } catch (Throwable e) {
      context.collective().abort(e);
      throw e;
    } finally {
      GradMode.set_enabled(gradientsBefore);
    }
  }

  private TrainResult resumeAndTrain() {
    long start = resume();
    long total = learner.totalSteps();
    listener.started(learner.stage(Math.max(start, 0)), Math.max(start, 0), total);
    if (start >= total) {
      listener.note(
          "Already finished: %s is at step %d of %d".formatted(run.checkpoints(), start, total));
      return new TrainResult(start, 0, store.at(start).location());
    }
    if (collective.rank() == 0) {
      metrics = Optional.of(MetricsLog.open(run.metrics(), context.hadoop(), run.stages(), start));
    }
    if (start < 0) {
      begin();
      start = 0;
    }
    for (long step = start; step < total; step++) {
      checkpoints.poll();
      step(step);
    }
    return new TrainResult(total, total - start, store.at(total).location());
  }

  @Override
  public void close() {
    // It may still be saving metrics.
    checkpoints.close();
    metrics.ifPresent(MetricsLog::close);
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
      learner.parameters().copyFrom(model, FlatParameters.Strictness.EXACT);
      learner.optimizer().load(optimizer);
    }
    learner.restore(then.counters());
    lastCheckpoint = then.step();
    if (then.step() > 0) {
      listener.note("Resuming from " + checkpoint);
    }
  }

  /** Ends with a checkpoint, so that from then on a damaged one always has an older one. */
  private void begin() {
    context
        .initialWeights()
        .ifPresent(
            uri -> {
              InitialWeights.load(uri, context.hadoop(), learner.parameters());
              learner.weightsImported();
              listener.note("Starting from the weights of " + uri);
            });
    Map<String, Double> heldOut = heldOutIsDue(0) ? heldOut(0) : Map.of();
    log(0, Map.of(), Map.of(), Double.NaN, heldOut);
    saveCheckpoint(0);
  }

  private void step(long step) {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("Training was interrupted before step " + (step + 1));
    }
    collective.at("step %d of %s".formatted(step + 1, learner.stage(step)));
    clock.start();
    learner.prepare(step);
    double[] counts = learner.read(step);
    collective.allReduceSum(counts);
    double[] sums = accumulate(step, counts);
    collective.allReduceSum(learner.parameters().gradients());
    double norm = learner.optimizer().gradientNorm();
    if (!Double.isFinite(norm)) {
      throw gradientDiverged(step, counts, norm);
    }
    learner
        .optimizer()
        .step(norm, learner.clipNorm() > 0 ? learner.clipNorm() : Double.POSITIVE_INFINITY);
    learner.updated(step);
    clock.stop();
    afterStep(step + 1, sums, norm);
  }

  /** Forward and backward; returns the sums of all ranks. */
  private double[] accumulate(long step, double[] counts) {
    learner.parameters().zeroGradients();
    double[] sums = learner.accumulate(step, counts);
    double[] faults = new double[collective.worldSize()];
    faults[collective.rank()] = Arrays.stream(sums).allMatch(Double::isFinite) ? 0 : 1;
    double[] both = Arrays.copyOf(faults, faults.length + sums.length);
    System.arraycopy(sums, 0, both, faults.length, sums.length);
    collective.allReduceSum(both);
    System.arraycopy(both, 0, faults, 0, faults.length);
    stopIfFaulty(step, faults, "the loss isn't finite");
    return Arrays.copyOfRange(both, faults.length, both.length);
  }

  /** Finds the ranks whose share gave the gradients that aren't finite, by computing them again. */
  private RuntimeException gradientDiverged(long step, double[] counts, double norm) {
    learner.parameters().zeroGradients();
    learner.accumulate(step, counts);
    double[] faults = new double[collective.worldSize()];
    faults[collective.rank()] = Double.isFinite(learner.optimizer().gradientNorm()) ? 0 : 1;
    collective.allReduceSum(faults);
    stopIfFaulty(step, faults, "the gradient's norm is " + norm);
    // Every share alone is finite, only their sum isn't.
    return diverged(step, "the norm of the summed gradient is " + norm);
  }

  private void stopIfFaulty(long step, double[] faults, String what) {
    if (faults[collective.rank()] != 0) {
      throw diverged(step, what);
    }
    if (Arrays.stream(faults).anyMatch(fault -> fault != 0)) {
      // The rank at fault tells why; this one learns it here.
      collective.barrier();
    }
  }

  private DivergedException diverged(long step, String what) {
    return new DivergedException(
        "Training stopped at step %d (%s): %s on rank %d, %s; the checkpoint of step %d was taken before that: lower the learning rate or look at those samples, then run again"
            .formatted(
                step + 1,
                learner.stage(step),
                what,
                collective.rank(),
                learner.batch(),
                lastCheckpoint));
  }

  private void afterStep(long done, double[] sums, double norm) {
    long step = done - 1;
    Map<String, Double> losses = learner.losses(step, sums);
    listener.stepDone(
        new TrainListener.Progress(
            learner.stage(step), done, learner.totalSteps(), clock.rate(), losses, norm));
    Map<String, Double> heldOut = heldOutIsDue(done) ? heldOut(done) : Map.of();
    if (done % settings.metricsEvery() == 0 || isLastOfStage(done) || !heldOut.isEmpty()) {
      log(done, losses, learner.gameLosses(step, sums), norm, heldOut);
    }
    if (done % settings.checkpointEvery() == 0 || isLastOfStage(done)) {
      saveCheckpoint(done);
    }
  }

  private boolean heldOutIsDue(long done) {
    return settings.heldOutEvery() > 0
        && learner.heldOutBatches() > 0
        && (done % settings.heldOutEvery() == 0 || isLastOfStage(done));
  }

  private boolean isLastOfStage(long done) {
    return done == learner.totalSteps() || !learner.stage(done).equals(learner.stage(done - 1));
  }

  private Map<String, Double> heldOut(long done) {
    // At the end of a stage these are still that stage's losses.
    long step = Math.max(0, done - 1);
    double[] sums = null;
    long batches = Math.min(settings.heldOutBatches(), learner.heldOutBatches());
    for (long batch = 0; batch < batches; batch++) {
      double[] next = learner.heldOut(batch, step);
      if (sums == null) {
        sums = next;
      } else {
        for (int i = 0; i < sums.length; i++) {
          sums[i] += next[i];
        }
      }
    }
    collective.allReduceSum(sums);
    Map<String, Double> losses = learner.losses(step, sums);
    listener.heldOut(learner.stage(step), done, losses);
    return losses;
  }

  private void log(
      long done,
      Map<String, Double> losses,
      Map<String, Map<String, Double>> games,
      double norm,
      Map<String, Double> heldOut) {
    if (metrics.isEmpty()) {
      return;
    }
    ObjectNode line = MetricsLog.JSON.createObjectNode();
    line.put("stage", learner.stage(Math.max(0, done - 1))).put("step", done);
    losses.forEach(line::put);
    if (!losses.isEmpty()) {
      line.put("gradientNorm", norm);
      double seconds = clock.secondsPerStepSinceLap();
      learner.unitsPerStep().forEach((name, units) -> line.put(name, units / seconds));
      clock.lap();
    }
    if (!heldOut.isEmpty()) {
      ObjectNode node = line.putObject("heldOut");
      heldOut.forEach(node::put);
    }
    if (!games.isEmpty()) {
      ObjectNode node = line.putObject("games");
      games.forEach((game, values) -> values.forEach(node.putObject(game)::put));
    }
    metrics.get().add(line);
  }

  private void saveCheckpoint(long done) {
    checkpoints.save(state(done), metrics.map(MetricsLog::saving).orElse(() -> {}));
    lastCheckpoint = done;
    if (done > 0 && isLastOfStage(done)) {
      checkpoints.finish();
    }
  }

  private CheckpointState state(long done) {
    return CheckpointState.of(
        learner.stage(Math.max(0, done - 1)),
        done,
        settings.seed(),
        collective.worldSize(),
        settings.threads(),
        run.identity(),
        context.inputs(),
        Versions.current(),
        learner.counters());
  }
}
