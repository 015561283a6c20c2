package org.jowa.model.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Tensor;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;
import org.jowa.env.game.Games;
import org.jowa.model.collective.Collective;
import org.jowa.model.diagnosis.LearningSums;
import org.jowa.model.imagine.Imagining;
import org.jowa.model.loss.BehaviourObjective;
import org.jowa.model.loss.LossCounts;
import org.jowa.model.loss.LossSums;
import org.jowa.model.loss.NeighbourhoodObjective;
import org.jowa.model.loss.WorldLosses;
import org.jowa.model.loss.WorldObjective;
import org.jowa.model.optim.AdamW;
import org.jowa.model.settings.JointTokenizer;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.settings.WorldStage;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.world.CodeFacts;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.UnreadCodes;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/** The world-action model in the training loop. */
final class WorldLearner implements Learner {
  private static final String SINCE_COPY = "steps-since-target-copy";

  private final WorldSettings settings;
  private final long seed;
  private final int passSize;
  private final WorldData data;
  private final WorldActionModel model;
  private final AdamW optimizer;
  private final Optional<Imagining> imagining;
  private final Optional<TokenizerAlong> along;
  private Optional<CodeFacts> codes = Optional.empty();
  private Optional<Share> share = Optional.empty();
  private long stepsSinceTargetCopy;

  /**
   * What was read last.
   *
   * @param batch of what was played, and what was imagined beside it
   */
  private record Share(SequenceBatch played, WorldBatch batch) {}

  private WorldLearner(
      WorldSettings settings,
      TrainSettings shared,
      WorldData data,
      WorldActionModel model,
      Collective collective,
      Optional<TokenizerAlong> along) {
    this.settings = settings;
    this.seed = shared.seed();
    this.passSize = settings.passSize(shared.ranks());
    this.data = data;
    this.model = model;
    this.along = along;
    this.optimizer = AdamW.of(model.parameters(), LearningRates.at(settings, 0));
    this.imagining =
        settings.imagination().isOn()
            ? Optional.of(
                new Imagining(
                    model,
                    settings.imagination(),
                    settings.batchSize(),
                    settings.qLoss().discount(),
                    data.imaginedFrames(),
                    shared.seed(),
                    collective.rank(),
                    collective.worldSize()))
            : Optional.empty();
  }

  static WorldLearner create(
      TrainContext context,
      WorldSettings settings,
      WorldData data,
      Optional<JointTokenizer> joint) {
    TrainSettings shared = context.settings();
    Compute compute = new Compute(context.device(), settings.precision());
    WorldActionModel model = WorldActionModel.create(settings.model(), shared.seed(), compute);
    Optional<TokenizerAlong> along = joint.map(plan -> TokenizerAlong.create(context, plan));
    return new WorldLearner(settings, shared, data, model, context.collective(), along);
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
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>(optimizer.state());
    imagining.ifPresent(imagined -> state.putAll(imagined.state()));
    along.ifPresent(tokenizer -> state.putAll(tokenizer.state()));
    return state;
  }

  @Override
  public void loadState(Safetensors state) {
    optimizer.load(state);
    imagining.ifPresent(imagined -> imagined.load(state.tensors(), state.source()));
    along.ifPresent(tokenizer -> tokenizer.loadState(state));
  }

  @Override
  public Map<String, Tensor> tokenizerTensors() {
    return along.map(TokenizerAlong::tensors).orElse(Map.of());
  }

  @Override
  public void loadTokenizer(Safetensors weights) {
    along.ifPresent(tokenizer -> tokenizer.load(weights));
  }

  @Override
  public void gather(Collective collective) {
    imagining.ifPresent(imagined -> imagined.gather(collective));
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
    return settings.stage(step).toString();
  }

  @Override
  public void begin(Collective collective) {
    codes = data.codes().map(Supplier::get);
    codes.ifPresent(facts -> model.startFromCodes(facts, seed));
  }

  @Override
  public boolean imports(String parameter) {
    return data.newGames().imports(parameter);
  }

  @Override
  public Optional<String> weightsImported(Optional<Long> seedOfWeights) {
    model.copyTarget();
    data.newGames().borrowed().forEach(model::copyGame);
    codes.ifPresent(model::addBackground);
    return seedOfWeights
        .map(theirs -> UnreadCodes.startAnew(model, codes, theirs, seed))
        .filter(unread -> unread > 0)
        .map(
            unread ->
                String.format(
                    Locale.ROOT,
                    "%d of %d codes were never read by them: predicting those is learned anew",
                    unread,
                    settings.model().codebookSize()));
  }

  @Override
  public void prepare(long step) {
    WorldStage stage = settings.stage(step);
    if (step > 0 && step == settings.start(stage)) {
      optimizer.reset();
      if (stage == WorldStage.STAGE2 && settings.loss(WorldStage.NEIGHBOURHOOD).trainsQ()) {
        // What Q learned beside the neighbourhood network is what imagined steps bootstrap from.
        model.copyTarget();
      }
    }
    LearningRates.at(settings, step).forEach(optimizer::settings);
  }

  @Override
  public double[] read(long step) {
    WorldStage stage = settings.stage(step);
    SequenceBatch played =
        switch (stage) {
          case BEHAVIOUR -> data.frames().orElseThrow().batch(step);
          case NEIGHBOURHOOD ->
              data.neighbourhoods().orElseThrow().batch(step - settings.start(stage));
          case STAGE1, STAGE2 -> data.train().batch(step - settings.start(WorldStage.STAGE1));
        };
    WorldBatch batch = WorldBatch.of(played);
    if (imagining.isPresent() && stage == WorldStage.STAGE2) {
      long inStage = step - settings.start(WorldStage.STAGE2);
      batch = imagining.get().extend(batch, inStage, model.parameters().tensors());
    }
    share = Optional.of(new Share(played, batch));
    return LossCounts.of(batch, settings.model()).toArray();
  }

  @Override
  public double[] accumulate(long step, double[] counts, Consumer<Range> complete) {
    LossSettings loss = settings.loss(settings.stage(step));
    LossCounts global = LossCounts.of(counts);
    DropoutKey key = new DropoutKey(seed, step);
    SequenceBatch played = share.orElseThrow().played();
    WorldBatch batch = share.orElseThrow().batch();
    along.ifPresent(
        tokenizer -> {
          // First it learns, then the model sees what it makes of the same frames.
          tokenizer.learn(step, settings.stage(step), played, settings.batchSize());
          tokenizer.putTokens(played);
        });
    if (settings.stage(step) == WorldStage.NEIGHBOURHOOD) {
      return NeighbourhoodObjective.accumulate(model, batch, loss, global, key).values();
    }
    if (settings.stage(step) == WorldStage.BEHAVIOUR) {
      return BehaviourObjective.accumulate(
              model, batch, settings.behaviour().advantageTemperature(), global, key)
          .values();
    }
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
    WorldBatch batch = share.orElseThrow().batch();
    return new BatchDescription(batch.sampleIndex(), batch.games());
  }

  @Override
  public void updated(long step, double[] sums) {
    stepsSinceTargetCopy++;
    if (stepsSinceTargetCopy >= settings.targetUpdateEvery()) {
      model.copyTarget();
      stepsSinceTargetCopy = 0;
    }
  }

  /** Sums of the losses, then those of what was learned. */
  @Override
  public double[] heldOut(long index, long step) {
    WorldStage stage = settings.stage(step);
    LossSettings loss = settings.loss(stage);
    SequenceBatch read = data.heldOut().orElseThrow().batch(index);
    along.ifPresent(tokenizer -> tokenizer.putTokens(read));
    WorldBatch heldOutBatch = WorldBatch.of(read);
    LossSums sums = LossSums.zero();
    LearningSums learned = LearningSums.zero();
    for (int from = 0; from < heldOutBatch.size(); from += passSize) {
      WorldBatch rows = rows(heldOutBatch, from, passSize);
      if (stage == WorldStage.NEIGHBOURHOOD) {
        sums.add(NeighbourhoodObjective.evaluate(model, rows, loss));
        continue;
      }
      if (stage == WorldStage.BEHAVIOUR) {
        sums.add(BehaviourObjective.evaluate(model, rows));
        continue;
      }
      sums.add(
          WorldObjective.evaluate(
              model,
              rows,
              loss,
              features ->
                  learned.add(model, rows, features, rows.returns(), stage == WorldStage.STAGE2)));
    }
    return DoubleStream.concat(Arrays.stream(sums.values()), Arrays.stream(learned.values()))
        .toArray();
  }

  @Override
  public long heldOutBatches() {
    return data.heldOut().map(SequenceSource::batches).orElse(0L);
  }

  @Override
  public Map<String, Double> losses(long step, double[] sums) {
    Map<String, Double> named = named(step, of(sums).losses(settings.loss(settings.stage(step))));
    int losses = LossSums.zero().values().length;
    if (sums.length > losses) {
      named.putAll(LearningSums.of(Arrays.copyOfRange(sums, losses, sums.length)).figures());
    } else {
      along.ifPresent(tokenizer -> named.putAll(tokenizer.losses()));
    }
    return named;
  }

  @Override
  public Optional<String> atBaseline(long step, Map<String, Double> heldOut) {
    return isLate(step) ? Baselines.ofWorld(heldOut) : Optional.empty();
  }

  private boolean isLate(long step) {
    WorldStage stage = settings.stage(step);
    return stage != WorldStage.BEHAVIOUR
        && Baselines.isLate(step - settings.start(stage), settings.steps(stage));
  }

  @Override
  public Map<String, Map<String, Double>> gameLosses(long step, double[] sums) {
    LossSettings loss = settings.loss(settings.stage(step));
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
    WorldStage stage = settings.stage(step);
    if (stage == WorldStage.BEHAVIOUR) {
      named.put("cloning", losses.cloning());
    } else {
      named.put("observation", losses.observation());
      named.put("reward", losses.reward());
      named.put("end", losses.end());
    }
    if (settings.loss(stage).trainsQ()) {
      named.put("td", losses.td());
      named.put("penalty", losses.penalty());
    }
    named.put("total", losses.total());
    return named;
  }

  @Override
  public Map<String, Double> unitsPerStep(long step) {
    double sequences =
        switch (settings.stage(step)) {
          case BEHAVIOUR -> settings.behaviour().batchSize();
          case NEIGHBOURHOOD -> settings.neighbourhood().batchSize();
          case STAGE1, STAGE2 -> settings.batchSize();
        };
    double frames =
        sequences * share.map(of -> of.batch().steps()).orElse(settings.model().blocks());
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
    imagining.ifPresent(Imagining::close);
    along.ifPresent(TokenizerAlong::close);
    optimizer.close();
    model.close();
  }
}
