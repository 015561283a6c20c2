package org.jowa.model.train;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;
import org.jowa.env.game.Games;
import org.jowa.model.diagnosis.LearningSums;
import org.jowa.model.loss.LossCounts;
import org.jowa.model.loss.LossSettings;
import org.jowa.model.loss.LossSums;
import org.jowa.model.loss.WorldLosses;
import org.jowa.model.loss.WorldObjective;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Range;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.jowa.model.world.WorldConfig;

/** The world-action model in the training loop. */
final class WorldLearner implements Learner {
  static final String STAGE1 = "stage1";
  static final String STAGE2 = "stage2";

  private static final String SINCE_COPY = "steps-since-target-copy";

  private final WorldSettings settings;
  private final long seed;
  private final int passSize;
  private final SequenceSource batches;
  private final Optional<SequenceSource> heldOut;
  private final WorldActionModel model;
  private final AdamW optimizer;
  private WorldBatch batch;
  private long stepsSinceTargetCopy;

  private WorldLearner(
      WorldSettings settings,
      TrainSettings shared,
      SequenceSource batches,
      Optional<SequenceSource> heldOut,
      WorldActionModel model) {
    this.settings = settings;
    this.seed = shared.seed();
    this.passSize = settings.passSize(shared.ranks());
    this.batches = batches;
    this.heldOut = heldOut;
    this.model = model;
    this.optimizer = AdamW.of(model.parameters(), groups(0));
  }

  static WorldLearner create(
      TrainContext context,
      WorldSettings settings,
      SequenceSource batches,
      Optional<SequenceSource> heldOut) {
    TrainSettings shared = context.settings();
    Compute compute = new Compute(context.device(), settings.precision());
    WorldActionModel model = WorldActionModel.create(settings.model(), shared.seed(), compute);
    return new WorldLearner(settings, shared, batches, heldOut, model);
  }

  @Override
  public FlatParameters parameters() {
    return model.parameters();
  }

  @Override
  public AdamW optimizer() {
    return optimizer;
  }

  @Override
  public long totalSteps() {
    return settings.totalSteps();
  }

  @Override
  public double clipNorm() {
    return settings.clipNorm();
  }

  @Override
  public String stage(long step) {
    return isStage1(step) ? STAGE1 : STAGE2;
  }

  private boolean isStage1(long step) {
    return step < settings.stage1().steps() || settings.stage2().steps() == 0;
  }

  @Override
  public void weightsImported() {
    model.copyTarget();
  }

  @Override
  public void prepare(long step) {
    if (step == settings.stage1().steps()) {
      optimizer.reset();
    }
    groups(step).forEach(optimizer::settings);
  }

  private Map<ParameterGroup, GroupSettings> groups(long step) {
    Map<ParameterGroup, GroupSettings> groups = new EnumMap<>(ParameterGroup.class);
    double decay = settings.weightDecay();
    double rate =
        isStage1(step) ? settings.stage1().learningRate() : settings.stage2().learningRate();
    groups.put(ParameterGroup.DECAY, new GroupSettings(rate, decay));
    groups.put(ParameterGroup.NO_DECAY, new GroupSettings(rate, 0));
    // Stage 1 has no Q losses: without gradients the reference's optimizer leaves Q heads alone.
    groups.put(
        ParameterGroup.Q,
        isStage1(step)
            ? new GroupSettings(0, 0)
            : new GroupSettings(settings.stage2().qLearningRate(), decay));
    return groups;
  }

  @Override
  public double[] read(long step) {
    batch = WorldBatch.of(batches.batch(step));
    return LossCounts.of(batch).toArray();
  }

  @Override
  public double[] accumulate(long step, double[] counts, Consumer<Range> complete) {
    LossSettings loss = settings.loss(isStage1(step));
    LossCounts global = LossCounts.of(counts);
    DropoutKey key = new DropoutKey(seed, step);
    LossSums sums = LossSums.zero();
    for (int from = 0; from < batch.size(); from += passSize) {
      WorldBatch rows = rows(batch, from, passSize);
      Consumer<Range> whenLast = from + passSize >= batch.size() ? complete : range -> {};
      sums.add(WorldObjective.accumulate(model, rows, loss, global, key, whenLast));
    }
    return sums.values();
  }

  private static WorldBatch rows(WorldBatch batch, int from, int count) {
    int to = Math.min(from + count, batch.size());
    return to - from == batch.size() ? batch : batch.rows(from, to);
  }

  @Override
  public BatchDescription batch() {
    return new BatchDescription(batch.sampleIndex(), batch.games());
  }

  @Override
  public void updated(long step) {
    stepsSinceTargetCopy++;
    if (stepsSinceTargetCopy >= settings.targetUpdateEvery()) {
      model.copyTarget();
      stepsSinceTargetCopy = 0;
    }
  }

  /** Sums of the losses, then those of what was learned. */
  @Override
  public double[] heldOut(long index, long step) {
    LossSettings loss = settings.loss(isStage1(step));
    SequenceBatch read = heldOut.orElseThrow().batch(index);
    WorldBatch heldOutBatch = WorldBatch.of(read);
    LossSums sums = LossSums.zero();
    LearningSums learned = LearningSums.zero();
    for (int from = 0; from < heldOutBatch.size(); from += passSize) {
      WorldBatch rows = rows(heldOutBatch, from, passSize);
      float[] returns =
          Arrays.copyOfRange(read.returns, from * read.steps, (from + rows.size()) * read.steps);
      sums.add(
          WorldObjective.evaluate(
              model,
              rows,
              loss,
              features -> learned.add(model, rows, features, returns, !isStage1(step))));
    }
    return DoubleStream.concat(Arrays.stream(sums.values()), Arrays.stream(learned.values()))
        .toArray();
  }

  @Override
  public long heldOutBatches() {
    return heldOut.map(SequenceSource::batches).orElse(0L);
  }

  @Override
  public Map<String, Double> losses(long step, double[] sums) {
    Map<String, Double> named = named(step, of(sums).losses(settings.loss(isStage1(step))));
    int losses = LossSums.zero().values().length;
    if (sums.length > losses) {
      named.putAll(LearningSums.of(Arrays.copyOfRange(sums, losses, sums.length)).figures());
    }
    return named;
  }

  @Override
  public Optional<String> atBaseline(long step, Map<String, Double> heldOut) {
    return isLate(step) ? Baselines.ofWorld(heldOut) : Optional.empty();
  }

  private boolean isLate(long step) {
    long first = settings.stage1().steps();
    return isStage1(step)
        ? Baselines.isLate(step, first)
        : Baselines.isLate(step - first, settings.stage2().steps());
  }

  @Override
  public Map<String, Map<String, Double>> gameLosses(long step, double[] sums) {
    LossSettings loss = settings.loss(isStage1(step));
    LossSums all = of(sums);
    Map<String, Map<String, Double>> games = new LinkedHashMap<>();
    for (int game : all.games()) {
      games.put(Games.byId(game).name(), named(step, all.losses(loss, game)));
    }
    return games;
  }

  private static LossSums of(double[] values) {
    LossSums sums = LossSums.zero();
    System.arraycopy(values, 0, sums.values(), 0, sums.values().length);
    return sums;
  }

  private Map<String, Double> named(long step, WorldLosses losses) {
    Map<String, Double> named = new LinkedHashMap<>();
    named.put("observation", losses.observation());
    named.put("reward", losses.reward());
    named.put("end", losses.end());
    if (settings.qLoss().cloningWeight() > 0) {
      named.put("cloning", losses.cloning());
    }
    if (!isStage1(step)) {
      named.put("td", losses.td());
      named.put("penalty", losses.penalty());
    }
    named.put("total", losses.total());
    return named;
  }

  @Override
  public Map<String, Double> unitsPerStep() {
    double sequences = settings.batchSize();
    double frames = sequences * settings.model().blocks();
    Map<String, Double> units = new LinkedHashMap<>();
    units.put("sequencesPerSecond", sequences);
    units.put("framesPerSecond", frames);
    units.put("tokensPerSecond", frames * WorldConfig.BLOCK_TOKENS);
    return units;
  }

  @Override
  public Map<String, Long> counters() {
    return Map.of(SINCE_COPY, stepsSinceTargetCopy);
  }

  @Override
  public void restore(Map<String, Long> counters) {
    stepsSinceTargetCopy = counters.getOrDefault(SINCE_COPY, 0L);
  }

  @Override
  public void close() {
    optimizer.close();
    model.close();
  }
}
