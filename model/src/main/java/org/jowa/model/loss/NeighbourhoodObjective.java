package org.jowa.model.loss;

import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.Transitions;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.jowa.model.world.WorldHeads;

/**
 * The world losses of a neighbourhood network by itself, read by the heads as if there were no
 * transformer: of the next frame's tokens, of rewards and of ends, at steps that have one before
 * them. Where Q learns the returns of the record, which need no next state, its losses as well.
 *
 * <p>Most tokens stay as they were and most steps have neither reward nor end, and are soon
 * predicted. So few of those are drawn, each standing for several, and a step costs a fraction of
 * what it would.
 */
public final class NeighbourhoodObjective {
  /**
   * Share of the tokens that is read of those that stay as they were, with movement beside them.
   */
  private static final double UNCHANGED = 0.1;

  /** The same where nothing moved: those are most of a frame, and known soon. */
  private static final double UNMOVED = 0.05;

  /** Share of the states that Q reads: what it has to know is less than the next frame. */
  private static final double STATES = 0.5;

  /** Share of the steps without reward and end that is read. */
  private static final double UNEVENTFUL = 0.125;

  /**
   * Share of the steps that are read as if they were the first of a sequence. Where things go can't
   * be known there: with an eighth of them the others are learned a good deal slower.
   */
  private static final double FIRST = 0.03;

  private static final long BEGINNINGS = 0x666972;
  private static final long TOKENS = 0x746f6b;
  private static final long EVENTS = 0x657674;
  private static final long VALUES = 0x76616c;

  /** Steps of a batch's sequences: the frame before, the frame, and the next one. */
  public static final int STEPS = 3;

  private final WorldActionModel model;
  private final WorldBatch batch;
  private final LossSettings settings;
  private final Transitions transitions;

  /** Of each transition, in {@code [B * T]}. */
  private final int[] steps;

  /** What is read, with the weight of each. */
  private final Draw tokens;

  private final Draw events;

  /** Transitions whose frames Q reads. */
  private final Draw states;

  /**
   * Rows that are read.
   *
   * @param rows transitions times 36 plus the place, or transitions
   * @param weights how many rows each stands for
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Draw(int[] rows, float[] weights) {}

  private NeighbourhoodObjective(
      WorldActionModel model, WorldBatch batch, LossSettings settings, Optional<DropoutKey> key) {
    this.model = model;
    this.batch = batch;
    this.settings = settings;
    steps =
        IntStream.range(0, batch.realRows() * batch.steps())
            .filter(step -> step % batch.steps() > 0 && batch.mask()[step] != 0)
            .toArray();
    transitions = Transitions.of(batch, steps);
    key.ifPresent(this::forget);
    tokens = tokens(key);
    events = events(key);
    states = settings.trainsQ() ? states(key) : new Draw(new int[0], new float[0]);
  }

  /** Leaves out the frames before some of the steps: sequences begin with a step that has none. */
  private void forget(DropoutKey key) {
    for (int i = 0; i < steps.length; i++) {
      if (isDrawn(Optional.of(key), BEGINNINGS, i, 0, FIRST)) {
        transitions.forgetBefore(i);
      }
    }
  }

  /**
   * Adds the gradients of a batch to the model's.
   *
   * @param settings of this stage
   * @param counts of the whole batch of this step, over all micro-batches and ranks
   * @param key of this step's randomness
   * @return the sums of this batch
   */
  public static LossSums accumulate(
      WorldActionModel model,
      WorldBatch batch,
      LossSettings settings,
      LossCounts counts,
      DropoutKey key) {
    NeighbourhoodObjective objective =
        new NeighbourhoodObjective(model, batch, settings, Optional.of(key));
    try (StepScope recording = StepScope.training()) {
      LossSums sums = LossSums.zero();
      objective.losses(sums, counts).ifPresent(Tensor::backward);
      model.collectHeadGradients();
      return sums;
    }
  }

  /** The losses of a batch, all rows of it and without gradients, for held-out data. */
  public static LossSums evaluate(WorldActionModel model, WorldBatch batch, LossSettings settings) {
    LossSums sums = LossSums.zero();
    try (StepScope scope = StepScope.inference()) {
      new NeighbourhoodObjective(model, batch, settings, Optional.empty())
          .losses(sums, LossCounts.of(batch, model.config()));
    }
    return sums;
  }

  /** What is minimised; empty where nothing is read. */
  private Optional<Tensor> losses(LossSums sums, LossCounts counts) {
    if (steps.length == 0) {
      return Optional.empty();
    }
    int[] firsts = IntStream.of(events.rows).map(row -> row * FRAME_TOKENS).toArray();
    int[] shown = shownOfEvents();
    int[] places = Stream.of(tokens.rows, firsts, shown).flatMapToInt(IntStream::of).toArray();
    Tensor hidden = model.neighbourhood().hidden(transitions, places, model.device());
    List<Tensor> terms = new ArrayList<>();
    if (tokens.rows.length > 0) {
      Tensor ofTokens = hidden.narrow(0, 0, tokens.rows.length);
      terms.add(
          ofTokens(model.neighbourhood().ofPlaces(ofTokens), tokens, sums)
              .mul(new Scalar(settings.supervisedWeight() / counts.observationLabels())));
    }
    if (events.rows.length > 0) {
      Tensor first = hidden.narrow(0, tokens.rows.length, firsts.length);
      Tensor sum =
          model
              .neighbourhood()
              .ofFrames(
                  hidden.narrow(0, tokens.rows.length + firsts.length, shown.length),
                  inEvents(shown),
                  events.rows.length,
                  model.device());
      Tensor vectors = model.neighbourhood().ofPlaces(first).add(sum);
      terms.add(
          ofEvents(vectors, sums)
              .mul(new Scalar(settings.supervisedWeight() / counts.realSteps())));
      int[] known = withNext(events.rows);
      if (known.length > 0) {
        Tensor ofFirsts = vectors.index_select(0, model.device().indices(known));
        terms.add(
            ofTokens(ofFirsts, firstTokens(known), sums)
                .mul(new Scalar(settings.supervisedWeight() / counts.observationLabels())));
      }
    }
    if (states.rows.length > 0) {
      terms.add(ofStates(sums).mul(new Scalar(1 / counts.realSteps())));
    }
    return terms.stream().reduce(Tensor::add);
  }

  private Tensor ofTokens(Tensor vectors, Draw draw, LossSums sums) {
    Tensor logits = model.heads().observations(model.normalised(vectors));
    return losses(sums, LossSums.Part.OBSERVATION, logits, next(draw), draw);
  }

  /** Indices of those transitions whose next frame is in the batch. */
  private int[] withNext(int[] of) {
    return IntStream.range(0, of.length).filter(i -> hasNext(of[i])).toArray();
  }

  private boolean hasNext(int transition) {
    int next = steps[transition] + 1;
    return next % batch.steps() != 0 && batch.mask()[next] != 0;
  }

  /** The first tokens of the frames after some of the events. */
  private Draw firstTokens(int[] known) {
    float[] weights = new float[known.length];
    for (int i = 0; i < known.length; i++) {
      weights[i] = events.weights[known[i]];
    }
    return new Draw(
        IntStream.of(known).map(event -> events.rows[event] * FRAME_TOKENS).toArray(), weights);
  }

  /** The places that show something of the steps whose reward and end are read. */
  private int[] shownOfEvents() {
    boolean[] isRead = new boolean[steps.length];
    IntStream.of(events.rows).forEach(row -> isRead[row] = true);
    return IntStream.of(model.neighbourhood().shown(transitions))
        .filter(place -> isRead[place / FRAME_TOKENS])
        .toArray();
  }

  /** The same places, numbered by the events' order instead of the transitions'. */
  private int[] inEvents(int[] places) {
    int[] order = new int[steps.length];
    for (int i = 0; i < events.rows.length; i++) {
      order[events.rows[i]] = i;
    }
    return IntStream.of(places)
        .map(place -> order[place / FRAME_TOKENS] * FRAME_TOKENS + place % FRAME_TOKENS)
        .toArray();
  }

  /**
   * Of rewards and ends.
   *
   * @param vectors what is said at the actions: of the next frame's first token, and the sum
   */
  private Tensor ofEvents(Tensor vectors, LossSums sums) {
    Tensor features = model.normalised(vectors);
    WorldHeads heads = model.heads();
    int[] read = IntStream.of(events.rows).map(row -> steps[row]).toArray();
    int[] rewards = batch.rewardClasses(read);
    int[] ends = batch.endClasses(read);
    return losses(sums, LossSums.Part.REWARD, heads.rewards(features), rewards, events)
        .add(losses(sums, LossSums.Part.END, heads.ends(features), ends, events));
  }

  /** What the Q heads make of states, as they will read them at a frame's last token. */
  private Tensor ofStates(LossSums sums) {
    Tensor features =
        model.normalised(
            model.neighbourhood().ofStates(transitions.of(states.rows), model.device()));
    int[] read = IntStream.of(states.rows).map(row -> steps[row]).toArray();
    RecordedReturns values = RecordedReturns.of(model, batch, features, read);
    Tensor total = model.device().put(Tensors.of(new float[1], 1)).sum();
    if (settings.trainsTd()) {
      total = total.add(noted(sums, LossSums.Part.TD, values.losses(), states));
    }
    if (settings.penalty() != Penalty.NONE) {
      Tensor penalties =
          noted(sums, LossSums.Part.LOG_SUM_EXP, values.logSumExp(), states)
              .sub(noted(sums, LossSums.Part.DATA_Q, values.dataQ(), states));
      total = total.add(penalties.mul(new Scalar(settings.penaltyWeight())));
    }
    return total;
  }

  /** Weighted sum of cross-entropies, which are noted one by one. */
  private Tensor losses(LossSums sums, LossSums.Part part, Tensor logits, int[] labels, Draw draw) {
    Tensor each = WorldObjective.crossEntropy(logits, model.device().indices(labels));
    return noted(sums, part, each, draw);
  }

  /** Weighted sum of what was read, each of which is noted. */
  private Tensor noted(LossSums sums, LossSums.Part part, Tensor each, Draw draw) {
    float[] values = Tensors.floats(each.detach());
    for (int i = 0; i < values.length; i++) {
      int transition =
          part == LossSums.Part.OBSERVATION ? draw.rows[i] / FRAME_TOKENS : draw.rows[i];
      sums.add(part, transitions.games()[transition], values[i], draw.weights[i]);
    }
    return each.mul(model.device().put(Tensors.of(draw.weights, draw.weights.length))).sum();
  }

  /**
   * All changed tokens of next frames, and some others. The first token isn't among them: it is
   * predicted at the action, by the same vector as reward and end.
   */
  private Draw tokens(Optional<DropoutKey> key) {
    int[] rows = new int[steps.length * FRAME_TOKENS];
    float[] weights = new float[rows.length];
    int n = 0;
    for (int i = 0; i < steps.length; i++) {
      for (int place = 1; hasNext(i) && place < FRAME_TOKENS; place++) {
        boolean changed = changes(i, place);
        double share = changed ? 1 : transitions.movesAround(i, place) ? UNCHANGED : UNMOVED;
        if (isDrawn(key, TOKENS, i, place, share)) {
          rows[n] = i * FRAME_TOKENS + place;
          weights[n++] = key.isEmpty() ? 1 : (float) (1 / share);
        }
      }
    }
    return new Draw(Arrays.copyOf(rows, n), Arrays.copyOf(weights, n));
  }

  private boolean changes(int transition, int place) {
    int at = steps[transition] * FRAME_TOKENS + place;
    return batch.tokens()[at + FRAME_TOKENS] != batch.tokens()[at];
  }

  /** All steps with a reward, an end or another first token next, and some others. */
  private Draw events(Optional<DropoutKey> key) {
    int[] rows = new int[steps.length];
    float[] weights = new float[rows.length];
    int n = 0;
    for (int i = 0; i < steps.length; i++) {
      boolean eventful =
          batch.rewards()[steps[i]] != 0
              || batch.ends()[steps[i]] != 0
              || (hasNext(i) && changes(i, 0));
      double share = eventful ? 1 : UNEVENTFUL;
      if (isDrawn(key, EVENTS, i, 0, share)) {
        rows[n] = i;
        weights[n++] = key.isEmpty() ? 1 : (float) (1 / share);
      }
    }
    return new Draw(Arrays.copyOf(rows, n), Arrays.copyOf(weights, n));
  }

  private Draw states(Optional<DropoutKey> key) {
    int[] rows =
        IntStream.range(0, steps.length).filter(i -> isDrawn(key, VALUES, i, 0, STATES)).toArray();
    float[] weights = new float[rows.length];
    Arrays.fill(weights, key.isEmpty() ? 1 : (float) (1 / STATES));
    return new Draw(rows, weights);
  }

  private boolean isDrawn(
      Optional<DropoutKey> key, long site, int transition, int place, double share) {
    if (key.isEmpty()) {
      return true;
    }
    int step = steps[transition];
    long sample = batch.sampleIndex()[step / batch.steps()];
    long element = (long) (step % batch.steps()) * FRAME_TOKENS + place;
    long stream = FunctionalRandom.key(key.get().seed(), key.get().step(), sample, site);
    return FunctionalRandom.uniform(stream, element) < share;
  }

  /** The tokens that come where some of a draw stand. */
  private int[] next(Draw draw) {
    return IntStream.of(draw.rows)
        .map(
            row ->
                batch.tokens()[(steps[row / FRAME_TOKENS] + 1) * FRAME_TOKENS + row % FRAME_TOKENS])
        .toArray();
  }
}
