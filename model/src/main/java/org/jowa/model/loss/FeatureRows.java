package org.jowa.model.loss;

import static org.jowa.model.settings.WorldConfig.ACTION_OFFSET;
import static org.jowa.model.settings.WorldConfig.BLOCK_TOKENS;
import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;
import static org.jowa.model.settings.WorldConfig.Q_OFFSET;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldBatch;

/**
 * The features that the losses read, gathered before any head computes with them: what a padded
 * step would predict is never computed. What the small heads read is a leaf, so that recorded
 * gradients end there.
 */
final class FeatureRows {
  private final WorldBatch batch;
  private final Device device;
  private final Selection observations;
  private final Selection actions;
  private final Selection values;
  private final int realValues;

  /**
   * Rows of the features.
   *
   * @param features {@code [n, E]}; of states {@code [n, stateWidth]}
   * @param index of each row in {@code [B * 37 T]}, int64 {@code [n]}; of states of each token
   * @param labels class of each row, int64 {@code [n]}; of observation rows only
   * @param steps each row's step in {@code [B * T]}, {@code [n]}
   * @param games each row's game, {@code [n]}
   */
  record Selection(Tensor features, Tensor index, Tensor labels, int[] steps, int[] games) {
    boolean isEmpty() {
      return games.length == 0;
    }
  }

  /**
   * @param features {@code [B * 37 T, E]}
   * @param device where they are
   * @param config of the model
   */
  FeatureRows(Tensor features, WorldBatch batch, Device device, WorldConfig config) {
    this.batch = batch;
    this.device = device;
    observations = observations(features, readsFirstFrames(config));
    actions = steps(features, b -> b < batch.realRows(), ACTION_OFFSET, 1);
    values = steps(features, b -> true, Q_OFFSET, config.stateInput().tokens());
    realValues = actions.games().length;
  }

  /**
   * Whether the first frame of a sequence is to be predicted too. Nobody can know it, and play
   * never asks for it. A network of the places around knows all others when stage 1 begins, but
   * nothing of this one, whose loss would drown what little there is to learn.
   */
  static boolean readsFirstFrames(WorldConfig config) {
    return config.neighbourhoodWidth() == 0;
  }

  /** What predicts an observation token of a real step of a played sequence, with that token. */
  Selection observations() {
    return observations;
  }

  /** The action token of every real step of the played sequences. */
  Selection actions() {
    return actions;
  }

  /** The state at every real step of all sequences, the played ones first. */
  Selection values() {
    return values;
  }

  /** How many of {@link #values} belong to played sequences. */
  int realValues() {
    return realValues;
  }

  /** Sign of the reward plus one, for {@link #actions}. */
  Tensor rewardClasses() {
    return indices(batch.rewardClasses(actions.steps()));
  }

  /** Terminal flag, for {@link #actions}. */
  Tensor endClasses() {
    return indices(batch.endClasses(actions.steps()));
  }

  /**
   * Adds the gradients of the gathered features at their places.
   *
   * @param gradient of all features
   * @param ofObservations gradient of {@link #observations}
   * @param withValues whether the Q losses reach the features
   */
  void addGradients(Tensor gradient, Tensor ofObservations, boolean withValues) {
    gradient.index_add_(0, observations.index(), ofObservations);
    addRecorded(gradient, actions);
    if (withValues) {
      addRecorded(gradient, values);
    }
  }

  private static void addRecorded(Tensor gradient, Selection selection) {
    Tensor part = selection.features().grad();
    if (part.defined()) {
      gradient.index_add_(0, selection.index(), part.view(-1, gradient.size(1)));
    }
  }

  /**
   * Position i of a frame predicts token i + 1; the action token the next frame's first.
   *
   * @param firstFrames whether the first frame of a sequence is read as well
   */
  private Selection observations(Tensor features, boolean firstFrames) {
    int capacity = batch.realRows() * batch.steps() * FRAME_TOKENS;
    long[] index = new long[capacity];
    long[] labels = new long[capacity];
    int[] steps = new int[capacity];
    int[] games = new int[capacity];
    int n = 0;
    for (int b = 0; b < batch.realRows(); b++) {
      for (int t = firstFrames ? 0 : 1; t < batch.steps(); t++) {
        int step = b * batch.steps() + t;
        int firstToken = t == 0 ? 1 : 0;
        for (int i = firstToken; batch.isReal(b, t) && i < FRAME_TOKENS; i++) {
          // The token before: of the same frame, or the action of the block before.
          index[n] = (long) step * BLOCK_TOKENS + i - 1;
          labels[n] = batch.tokens()[step * FRAME_TOKENS + i];
          steps[n] = step;
          games[n] = batch.games()[b];
          n++;
        }
      }
    }
    Tensor rows = tensor(Arrays.copyOf(index, n));
    return new Selection(
        features.index_select(0, rows),
        rows,
        tensor(Arrays.copyOf(labels, n)),
        Arrays.copyOf(steps, n),
        Arrays.copyOf(games, n));
  }

  /**
   * Some neighbouring tokens of every real step of some sequences, side by side.
   *
   * @param offset of the last one in the block
   * @param count of tokens
   */
  private Selection steps(Tensor features, IntPredicate sequences, int offset, int count) {
    int capacity = batch.size() * batch.steps();
    long[] index = new long[capacity * count];
    int[] steps = new int[capacity];
    int[] games = new int[capacity];
    int n = 0;
    for (int b = 0; b < batch.size(); b++) {
      for (int t = 0; sequences.test(b) && t < batch.steps(); t++) {
        if (batch.isReal(b, t)) {
          int step = b * batch.steps() + t;
          for (int i = 0; i < count; i++) {
            index[n * count + i] = (long) step * BLOCK_TOKENS + offset - count + 1 + i;
          }
          steps[n] = step;
          games[n] = batch.games()[b];
          n++;
        }
      }
    }
    Tensor rows = tensor(Arrays.copyOf(index, n * count));
    Tensor read = features.index_select(0, rows).view(n, count * features.size(1));
    return new Selection(
        read.detach().set_requires_grad(true),
        rows,
        tensor(new long[0]),
        Arrays.copyOf(steps, n),
        Arrays.copyOf(games, n));
  }

  private Tensor indices(int[] values) {
    return device.indices(values);
  }

  private Tensor tensor(long[] values) {
    return device.put(Tensors.of(values, values.length));
  }
}
