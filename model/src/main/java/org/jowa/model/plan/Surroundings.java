package org.jowa.model.plan;

import static org.jowa.model.settings.WorldConfig.ACTION_OFFSET;
import static org.jowa.model.settings.WorldConfig.BLOCK_TOKENS;
import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;
import static org.jowa.model.settings.WorldConfig.Q_OFFSET;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.NeighbourhoodNetwork;
import org.jowa.model.world.Transitions;

/**
 * Adds to the input vectors of planning what the places around the tokens say, of models with a
 * {@link NeighbourhoodNetwork}. It is known for a whole frame as soon as the action before it is;
 * what is said of a state, at its frame's last token.
 */
final class Surroundings {
  private final NeighbourhoodNetwork network;
  private final Device device;
  private final int width;

  /**
   * @param device of the network's weights
   */
  Surroundings(NeighbourhoodNetwork network, Device device, int width) {
    this.network = network;
    this.device = device;
    this.width = width;
  }

  /** The position of an action, which may be yet to come, and the tokens of its sequence. */
  private record Place(int game, int position, IntUnaryOperator token) {}

  /**
   * @param tokens [n][length]
   * @param games id of the game of each
   * @param values vectors of all tokens, [n * length * E], added to
   */
  void addToContexts(int[][] tokens, int[] games, float[] values) {
    int length = tokens[0].length;
    List<Place> places = new ArrayList<>();
    List<Place> states = new ArrayList<>();
    for (int i = 0; i < tokens.length; i++) {
      int[] sequence = tokens[i];
      for (int p = ACTION_OFFSET; p < length; p += BLOCK_TOKENS) {
        places.add(new Place(games[i], p, at -> sequence[at]));
      }
      for (int p = Q_OFFSET; p < length; p += BLOCK_TOKENS) {
        states.add(new Place(games[i], p + 1, at -> sequence[at]));
      }
    }
    float[] ofStates = states(states);
    int state = 0;
    float[] around = around(places);
    int block = 0;
    for (int i = 0; i < tokens.length; i++) {
      for (int p = Q_OFFSET; p < length; p += BLOCK_TOKENS) {
        add(ofStates, state++ * width, values, (i * length + p) * width, width);
      }
      for (int p = ACTION_OFFSET; p < length; p += BLOCK_TOKENS) {
        int count = Math.min(FRAME_TOKENS, length - p) * width;
        add(around, block++ * FRAME_TOKENS * width, values, (i * length + p) * width, count);
      }
    }
  }

  /**
   * What is said of the frames that follow actions, which are noted in the branches: their next
   * pass finds it there.
   *
   * @param actions [rows]
   * @param starts [rows], number of imagined tokens before each
   * @return [rows * 36 * E], by place of the next frame
   */
  float[] ofNextFrames(BranchCache cache, int[] actions, int[] starts) {
    List<Place> places = new ArrayList<>();
    for (int r = 0; r < actions.length; r++) {
      int row = r;
      cache.imagined[row * cache.capacity() + starts[row]] = actions[row];
      places.add(
          new Place(
              cache.context.games[row / cache.branches],
              cache.context.tokens + starts[row],
              at -> cache.token(row, at)));
    }
    float[] around = around(places);
    int size = FRAME_TOKENS * width;
    for (int row = 0; row < actions.length; row++) {
      cache.around[row] = Arrays.copyOfRange(around, row * size, (row + 1) * size);
      cache.aroundIsKnown[row] = true;
    }
    return around;
  }

  /**
   * @param tokens fed to branches, [rows * n], which are noted there
   * @param starts [rows], number of imagined tokens before the first one fed
   * @param values vectors of the tokens fed, [rows * n * E], added to
   */
  void addToBranches(BranchCache cache, int[] tokens, int[] starts, float[] values) {
    int n = tokens.length / starts.length;
    List<Place> places = new ArrayList<>();
    List<Place> states = new ArrayList<>();
    for (int r = 0; r < starts.length; r++) {
      int row = r;
      System.arraycopy(tokens, row * n, cache.imagined, row * cache.capacity() + starts[row], n);
      for (int i = 0; i < n; i++) {
        int position = cache.context.tokens + starts[row] + i;
        int game = cache.context.games[row / cache.branches];
        switch (position % BLOCK_TOKENS) {
          case ACTION_OFFSET -> {
            if (!cache.aroundIsKnown[row]) {
              places.add(new Place(game, position, at -> cache.token(row, at)));
            }
          }
          case Q_OFFSET -> states.add(new Place(game, position + 1, at -> cache.token(row, at)));
          default -> {
            // Tokens of a frame read what was said at the action before it.
          }
        }
      }
    }
    float[] ofStates = states(states);
    int state = 0;
    float[] around = around(places);
    int block = 0;
    int size = FRAME_TOKENS * width;
    for (int row = 0; row < starts.length; row++) {
      for (int i = 0; i < n; i++) {
        int offset = (cache.context.tokens + starts[row] + i) % BLOCK_TOKENS;
        if (offset == ACTION_OFFSET && !cache.aroundIsKnown[row]) {
          cache.around[row] = Arrays.copyOfRange(around, block * size, (block + 1) * size);
          block++;
        }
        cache.aroundIsKnown[row] = false;
        if (offset == Q_OFFSET) {
          add(ofStates, state++ * width, values, (row * n + i) * width, width);
        } else {
          int from = offset == ACTION_OFFSET ? 0 : offset + 1;
          add(cache.around[row], from * width, values, (row * n + i) * width, width);
        }
      }
    }
  }

  private static void add(float[] from, int at, float[] to, int offset, int count) {
    for (int i = 0; i < count; i++) {
      to[offset + i] += from[at + i];
    }
  }

  /** [places * 36 * E]. */
  private float[] around(List<Place> places) {
    if (places.isEmpty()) {
      return new float[0];
    }
    Transitions all = transitions(places);
    for (int i = 0; i < places.size(); i++) {
      all.actions()[i] = places.get(i).token.applyAsInt(places.get(i).position);
    }
    return read(() -> network.vectors(all, device));
  }

  /** [places * E]. */
  private float[] states(List<Place> places) {
    return places.isEmpty()
        ? new float[0]
        : read(() -> network.ofStates(transitions(places), device));
  }

  private static float[] read(Supplier<Tensor> vectors) {
    try (StepScope scope = StepScope.inference()) {
      return Tensors.floats(vectors.get());
    }
  }

  /** All but the actions. */
  private static Transitions transitions(List<Place> places) {
    Transitions all = Transitions.of(places.size());
    for (int i = 0; i < places.size(); i++) {
      Place place = places.get(i);
      int action = place.position;
      int before = action - BLOCK_TOKENS;
      all.games()[i] = place.game;
      copy(place, action - FRAME_TOKENS, all.frames(), i);
      if (before >= ACTION_OFFSET) {
        all.actionsBefore()[i] = place.token.applyAsInt(before);
        copy(place, before - FRAME_TOKENS, all.before(), i);
      }
    }
    return all;
  }

  private static void copy(Place place, int from, int[] frames, int i) {
    for (int token = 0; token < FRAME_TOKENS; token++) {
      frames[i * FRAME_TOKENS + token] = place.token.applyAsInt(from + token);
    }
  }
}
