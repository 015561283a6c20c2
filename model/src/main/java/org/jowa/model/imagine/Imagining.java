package org.jowa.model.imagine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.collective.Collective;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/**
 * One rank's imagined sequences in training (spec section 4.1): now and then it imagines some from
 * the batch at hand, with a copy of the weights that is renewed more rarely, and adds some that it
 * keeps to every batch.
 *
 * <p>Sequence {@code k} of a run lies in lane {@code k mod L}, and the {@code j}-th that a step
 * draws comes from lane {@code j mod L}, {@code L} the greatest common divisor of both batch sizes:
 * what a step draws follows from seed and step alone, whatever the number of ranks that divides
 * both. A lane that holds nothing yet gives nothing.
 *
 * <p>Everything that a resumed run needs is in {@link #state}.
 */
public final class Imagining implements AutoCloseable {
  private static final String PLANNER = "imagination.planner.";
  private static final String SEQUENCES = "imagination.sequences";

  /** No planner reads the target head. */
  private static final String TARGET = "head_q_target.";

  /** Of draws, apart from all uses in the model. */
  private static final long SITE = 1L << 32;

  private final WorldConfig model;
  private final ImaginationSettings settings;
  private final double discount;
  private final UnaryOperator<int[]> frames;
  private final Device device;
  private final long seed;
  private final int rank;
  private final int worldSize;
  private final ImaginedSequences sequences;

  /** In host memory, whatever the device: checkpoints hold them. */
  private final Map<String, Tensor> weights = new LinkedHashMap<>();

  private Optional<Tensor> gathered = Optional.empty();
  private Optional<WorldDecoder> decoder = Optional.empty();
  private Optional<SequenceImaginer> imaginer = Optional.empty();

  /**
   * @param model in training, on the device on which this imagines
   * @param played sequences a step, over all ranks
   * @param discount that the model is trained with
   * @param frames what training sees of imagined frames' tokens, {@code [n * 36]}
   */
  public Imagining(
      WorldActionModel model,
      ImaginationSettings settings,
      int played,
      double discount,
      UnaryOperator<int[]> frames,
      long seed,
      int rank,
      int worldSize) {
    this.model = model.config();
    device = model.device();
    this.settings = settings;
    this.discount = discount;
    this.frames = frames;
    this.seed = seed;
    this.rank = rank;
    this.worldSize = worldSize;
    int lanes = settings.lanes(played);
    sequences =
        new ImaginedSequences(rank, worldSize, lanes, settings.capacity(), this.model.blocks());
    Map<String, Tensor> parameters = model.parameters().tensors();
    try (StepScope scope = StepScope.inference()) {
      parameters.forEach(
          (name, tensor) -> {
            if (!name.startsWith(TARGET)) {
              weights.put(name, Tensors.keep(Tensors.empty(ScalarType.Float, tensor.shape())));
            }
          });
    }
    refresh(parameters);
  }

  /**
   * This rank's share of a step's batch with what it draws, after having imagined where it is time
   * for that.
   *
   * @param batch valid for this call at least
   * @param step of stage 2
   * @param parameters of the model at this step, by name
   */
  public WorldBatch extend(WorldBatch batch, long step, Map<String, Tensor> parameters) {
    long since = step - settings.after();
    if (since < 0) {
      return batch;
    }
    if (since % settings.refreshEvery() == 0) {
      refresh(parameters);
    }
    if (since % settings.every() == 0) {
      ImaginedSequence[] imagined = imaginer().imagine(batch);
      for (int row = 0; row < imagined.length; row++) {
        if (imagined[row] != null) {
          sequences.add((int) (batch.sampleIndex()[row] % sequences.lanes()), imagined[row]);
        }
      }
    }
    List<ImaginedSequence> drawn = new ArrayList<>();
    List<Integer> slots = new ArrayList<>();
    for (int slot = rank; slot < settings.batchSize(); slot += worldSize) {
      double draw =
          FunctionalRandom.uniform(FunctionalRandom.key(seed, step, slot, SITE), /* element= */ 0);
      Optional<ImaginedSequence> sequence = sequences.get(slot % sequences.lanes(), draw);
      if (sequence.isPresent()) {
        drawn.add(sequence.get());
        slots.add(slot);
      }
    }
    return drawn.isEmpty() ? batch : ImaginedSequence.append(batch, drawn, slots);
  }

  private void refresh(Map<String, Tensor> parameters) {
    try (StepScope scope = StepScope.inference()) {
      weights.forEach((name, copy) -> copy.copy_(parameters.get(name)));
    }
    forgetDecoder();
  }

  private void forgetDecoder() {
    decoder.ifPresent(WorldDecoder::close);
    decoder = Optional.empty();
    imaginer = Optional.empty();
  }

  private SequenceImaginer imaginer() {
    if (imaginer.isEmpty()) {
      decoder = Optional.of(WorldDecoder.of(model, weights::get, device));
      imaginer = Optional.of(new SequenceImaginer(decoder.get(), settings, discount, frames));
    }
    return imaginer.get();
  }

  /** Brings all ranks' sequences to each of them, for {@link #state}; called on all ranks. */
  public void gather(Collective collective) {
    try (StepScope scope = StepScope.inference()) {
      Tensor all =
          gathered.orElseGet(
              () -> Tensors.keep(Tensors.empty(ScalarType.Float, sequences.shape())));
      gathered = Optional.of(all);
      sequences.put(all);
      collective.allReduceSum(all);
    }
    if (rank > 0) {
      // Only rank 0 writes.
      forgetGathered();
    }
  }

  private void forgetGathered() {
    gathered.ifPresent(Tensors::release);
    gathered = Optional.empty();
  }

  /** What a checkpoint has to hold: the planner's weights, and the sequences last gathered. */
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    weights.forEach((name, tensor) -> state.put(PLANNER + name, tensor));
    if (gathered.isEmpty()) {
      try (StepScope scope = StepScope.inference()) {
        gathered =
            Optional.of(Tensors.keep(Tensors.empty(ScalarType.Float, sequences.shape()).zero_()));
      }
    }
    state.put(SEQUENCES, gathered.get());
    return state;
  }

  /**
   * Takes over a state that {@link #state} gave, on any number of ranks.
   *
   * @param source what to call it in an error
   * @throws InvalidInputException if there is none in it
   */
  public void load(Map<String, Tensor> state, String source) {
    if (!state.containsKey(SEQUENCES)) {
      throw new InvalidInputException(
          "%s has no imagined sequences: use a checkpoint of this configuration".formatted(source));
    }
    sequences.take(state.get(SEQUENCES));
    try (StepScope scope = StepScope.inference()) {
      weights.forEach((name, copy) -> copy.copy_(state.get(PLANNER + name)));
    }
    forgetDecoder();
  }

  @Override
  public void close() {
    forgetDecoder();
    forgetGathered();
    weights.values().forEach(Tensors::release);
  }
}
