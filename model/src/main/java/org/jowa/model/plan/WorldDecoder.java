package org.jowa.model.plan;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.plan.DecoderWeights.Block;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.ActionMasks;
import org.jowa.model.world.Transitions;

/**
 * The world-action model for planning: no gradients, no dropout, keys and values of past tokens
 * kept. One pass reads the contexts of several environments ({@link #prefill}); branches then grow
 * from them, any number of tokens a pass ({@link #advance}). A branch never copies its context.
 *
 * <p>Not thread-safe. Every call must run in a {@link StepScope} of the caller, which owns the
 * tensors that come back.
 */
public final class WorldDecoder implements AutoCloseable {
  private final WorldConfig config;
  private final Device device;
  private final DecoderWeights weights;
  private final SlabPool pool;
  private final PassBuffers.Cache buffers;
  private final Optional<Surroundings> surroundings;
  private float[] vectors = new float[0];
  private float[] mask = new float[0];

  /** Whether closing this frees the weights. */
  private final boolean ownsWeights;

  private WorldDecoder(
      WorldConfig config, Device device, DecoderWeights weights, boolean ownsWeights) {
    this.config = config;
    this.device = device;
    this.weights = weights;
    this.ownsWeights = ownsWeights;
    pool = new SlabPool(device);
    buffers = new PassBuffers.Cache(config, device);
    surroundings =
        weights.neighbourhood.map(network -> new Surroundings(network, device, config.width()));
  }

  /** A decoder on the CPU; see {@link #of(WorldConfig, Function, Device)}. */
  public static WorldDecoder of(WorldConfig config, Function<String, Tensor> weights) {
    return of(config, weights, Device.CPU);
  }

  /**
   * A decoder with a copy of a model's weights.
   *
   * @param weights the tensor of a state-dict name (spec section 2.6), on any device
   * @param device to decode on, in fp32; torch has to be {@linkplain
   *     org.jowa.model.torch.Compute#prepare prepared} for it
   */
  public static WorldDecoder of(
      WorldConfig config, Function<String, Tensor> weights, Device device) {
    try (StepScope scope = StepScope.inference()) {
      return new WorldDecoder(config, device, new DecoderWeights(config, device, weights), true);
    }
  }

  /**
   * Another decoder with the same weights and caches of its own, for another thread. This one is
   * closed after all those made from it.
   */
  public WorldDecoder sharingWeights() {
    return new WorldDecoder(config, device, weights, false);
  }

  public WorldConfig config() {
    return config;
  }

  /** Where this decodes, and tensors that come back lie. */
  public Device device() {
    return device;
  }

  /**
   * What a prefill leaves: the cache, and vectors after the final norm, or states made of them.
   *
   * @param frames the contexts' newest ones, each with the one before it
   */
  public record Prefilled(ContextCache cache, Tensor output, Transitions frames) {}

  /**
   * Reads contexts that end with a frame, and gives the state at that frame, [n, stateWidth]: the
   * vector after the final norm of its last token, or those of all its tokens.
   *
   * @param tokens [n][length], observation tokens and actions as the model sees them
   * @param games id of the game of each
   */
  public Prefilled prefill(int[][] tokens, int[] games) {
    if (config.stateInput() == StateInput.TOKEN) {
      return prefill(tokens, games, false);
    }
    Prefilled all = prefill(tokens, games, true);
    int length = tokens[0].length;
    int read = config.stateInput().tokens();
    Tensor frames =
        all.output.view(tokens.length, length, config.width()).narrow(1, length - read, read);
    return new Prefilled(all.cache, frames.reshape(tokens.length, config.stateWidth()), all.frames);
  }

  /** The same with the vectors of all tokens, [n * length, E]. */
  public Prefilled prefillAll(int[][] tokens, int[] games) {
    return prefill(tokens, games, true);
  }

  private Prefilled prefill(int[][] tokens, int[] games, boolean all) {
    int n = tokens.length;
    ContextCache cache = new ContextCache(config, pool, games, tokens);
    Tensor x = contextVectors(tokens, games);
    for (int layer = 0; layer < weights.blocks.length; layer++) {
      // The last block's keys and values are needed everywhere, its output is not.
      boolean lastTokenOnly = !all && layer == weights.blocks.length - 1;
      Block block = weights.blocks[layer];
      Tensor slab = cache.slabs[layer];
      Tensor before = x;
      // What a block needs for itself is freed behind it: of all blocks it is more than the caches.
      x = StepScope.withoutGradients(() -> prefillBlock(block, before, n, lastTokenOnly, slab));
    }
    return new Prefilled(cache, weights.finalNorm.apply(x), newestFrames(tokens, games));
  }

  private static Transitions newestFrames(int[][] tokens, int[] games) {
    Transitions newest = Transitions.of(tokens.length);
    for (int i = 0; i < tokens.length; i++) {
      int frame = tokens[i].length - WorldConfig.FRAME_TOKENS;
      newest.put(i, games[i], tokens[i], frame, frame - WorldConfig.BLOCK_TOKENS);
    }
    return newest;
  }

  private Tensor contextVectors(int[][] tokens, int[] games) {
    int length = tokens[0].length;
    float[] values = vectors(tokens.length * length);
    int width = config.width();
    for (int i = 0; i < tokens.length; i++) {
      for (int p = 0; p < length; p++) {
        weights.vectors.write(games[i], tokens[i][p], p, values, (i * length + p) * width);
      }
    }
    surroundings.ifPresent(around -> around.addToContexts(tokens, games, values));
    float[] all = Arrays.copyOf(values, tokens.length * length * width);
    return device.put(Tensors.of(all, (long) tokens.length * length, width));
  }

  private Tensor prefillBlock(Block block, Tensor x, long n, boolean lastTokenOnly, Tensor slab) {
    long width = config.width();
    long heads = config.heads();
    long d = config.headWidth();
    long length = x.size(0) / n;
    Tensor qkv = block.qkv().apply(block.attentionNorm().apply(x));
    Tensor byHead = qkv.view(n, length, 3, heads, d).permute(2, 3, 0, 1, 4);
    slab.copy_(byHead.narrow(0, 1, 2));
    Tensor attention = qkv.view(n, length, 3, heads, d).permute(2, 0, 3, 1, 4);
    Tensor queries = attention.select(0, 0);
    Tensor residual = x;
    if (lastTokenOnly) {
      queries = queries.narrow(2, length - 1, 1);
      residual = x.view(n, length, width).select(1, length - 1);
    }
    Tensor merged =
        attend(queries, attention, !lastTokenOnly).transpose(1, 2).reshape(residual.size(0), width);
    residual = torch.add(residual, block.proj().apply(merged));
    Tensor hidden = block.up().apply(block.mlpNorm().apply(residual));
    torch.gelu_(hidden);
    return residual.add_(block.down().apply(hidden));
  }

  private static Tensor attend(Tensor queries, Tensor qkv, boolean causal) {
    return torch.scaled_dot_product_attention(
        queries,
        qkv.select(0, 1),
        qkv.select(0, 2),
        new TensorOptional(),
        0,
        causal,
        // The scale is in the query weights.
        new DoubleOptional(1),
        false);
  }

  /**
   * Branches that grow from contexts.
   *
   * @param perEnvironment branches of each environment
   * @param capacity imagined tokens each has room for
   */
  public BranchCache branch(ContextCache context, int perEnvironment, int capacity) {
    return BranchCache.of(config, pool, context, perEnvironment, capacity);
  }

  /** Memory for the imagined steps of a number of search nodes. */
  NodeCache nodes(int count) {
    return new NodeCache(config, pool, count);
  }

  /**
   * Feeds tokens to branches and gives their vectors after the final norm, [rows * n, E]. A token
   * sees what lies before it, whatever was fed behind it earlier.
   *
   * @param tokens [rows * n], row by row
   * @param starts [rows], number of imagined tokens before the first one fed
   * @param settled [rows], number of imagined tokens whose keys and values stay as they are, though
   *     they may be fed again; those behind are stored
   */
  public Tensor advance(BranchCache cache, int[] tokens, int[] starts, int[] settled) {
    int rows = cache.rows();
    int n = tokens.length / rows;
    ContextCache context = cache.context;
    PassBuffers buffer =
        buffers.of(
            new PassBuffers.Shape(
                context.environments, cache.branches, n, context.tokens, cache.slots));
    feed(cache, tokens, starts, settled, buffer);
    for (int layer = 0; layer < weights.blocks.length; layer++) {
      // What a block makes is freed behind it: of a whole pass it would be hundreds of MiB.
      try (StepScope scope = StepScope.inference()) {
        advance(weights.blocks[layer], layer, cache, buffer);
      }
    }
    return weights.finalNorm.apply(buffer.x);
  }

  private static void advance(Block block, int layer, BranchCache cache, PassBuffers buffer) {
    Tensor x = buffer.x;
    attend(block, layer, cache, buffer);
    x.add_(block.proj().apply(buffer.merged, buffer.update));
    Tensor hidden = block.up().apply(block.mlpNorm().apply(x), buffer.mlp);
    torch.gelu_(hidden);
    x.add_(block.down().apply(hidden, buffer.update));
  }

  /**
   * Logits of the frames that follow actions, [rows * 36, V], as the neighbourhood network alone
   * sees them, without the transformer: what it learned before the transformer did. Of models that
   * have one; a cheap guess of what passes will say.
   *
   * @param actions [rows], fed by the next pass
   * @param starts [rows], number of imagined tokens before each
   */
  Optional<Tensor> draft(BranchCache cache, int[] actions, int[] starts) {
    return surroundings
        .map(around -> around.ofNextFrames(cache, actions, starts))
        .map(values -> Tensors.of(values, values.length / config.width(), config.width()))
        .map(device::put)
        .map(vectors -> observationLogits(weights.finalNorm.apply(vectors)));
  }

  private static void attend(Block block, int layer, BranchCache cache, PassBuffers buffer) {
    Tensor normed = block.attentionNorm().apply(buffer.x);
    block.qkv().store(normed, buffer.qkv);
    buffer.queries.copy_(buffer.queriesByHead);
    cache.flat[layer].index_copy_(2, buffer.places, buffer.keysAndValuesByHead);
    ContextCache context = cache.context;
    torch.bmm_out(
        buffer.contextScores, buffer.queriesOfEnvironments, context.keysTransposed[layer]);
    torch.bmm_out(buffer.imaginedScores, buffer.queriesOfBranches, cache.keysTransposed[layer]);
    buffer.imaginedScoresToMask.add_(buffer.mask);
    torch.cat_out(buffer.scores, buffer.bothScores, 2);
    torch.softmax_out(buffer.probabilities, buffer.scores, 2);
    torch.bmm_out(buffer.attended, buffer.contextProbabilities, context.values[layer]);
    buffer.attendedOfBranches.baddbmm_(buffer.imaginedProbabilities, cache.values[layer]);
    buffer.mergedByHead.copy_(buffer.attendedByRow);
  }

  private void feed(
      BranchCache cache, int[] tokens, int[] starts, int[] settled, PassBuffers buffer) {
    int width = config.width();
    int slots = cache.slots;
    int rows = starts.length;
    int n = tokens.length / rows;
    float[] values = vectors(rows * n);
    long[] places = new long[rows * n];
    if (mask.length < rows * n * slots) {
      mask = new float[rows * n * slots];
    }
    for (int row = 0; row < rows; row++) {
      int game = cache.context.games[row / cache.branches];
      for (int i = 0; i < n; i++) {
        int at = row * n + i;
        int imagined = starts[row] + i;
        int position = cache.context.tokens + imagined;
        weights.vectors.write(game, tokens[at], position, values, at * width);
        places[at] = (long) row * slots + (imagined < settled[row] ? cache.capacity : imagined);
        Arrays.fill(mask, at * slots, at * slots + imagined + 1, 0);
        Arrays.fill(mask, at * slots + imagined + 1, (at + 1) * slots, Float.NEGATIVE_INFINITY);
      }
    }
    surroundings.ifPresent(around -> around.addToBranches(cache, tokens, starts, values));
    buffer.put(values, mask, places);
  }

  private float[] vectors(int rows) {
    if (vectors.length < rows * config.width()) {
      vectors = new float[rows * config.width()];
    }
    return vectors;
  }

  /** Logits of the next observation token, [rows, V], of vectors [rows, E]. */
  public Tensor observationLogits(Tensor output) {
    return weights.observations.logits(output);
  }

  /** Logits of the reward's sign, [rows, 3], of vectors of action tokens [rows, E]. */
  public Tensor rewardLogits(Tensor output) {
    return weights.rewards.logits(output);
  }

  /** Logits of the end flag, [rows, 2], of vectors of action tokens [rows, E]. */
  public Tensor endLogits(Tensor output) {
    return weights.ends.logits(output);
  }

  /** Logits of the online Q ensemble, [ensemble, rows, outputs]. */
  public Tensor qLogits(Tensor output) {
    return weights.critic.logits(output);
  }

  /** Expected Q of the 18 actions, [n * 18], at the newest frames of contexts. */
  public float[] critic(Prefilled root) {
    return critic(root.output, root.frames);
  }

  /**
   * The same of states; minus infinity for actions that the data doesn't support, by the model's
   * {@code support}.
   *
   * @param states [rows, stateWidth]
   * @param frames that these are states at, each with the one before it
   */
  public float[] critic(Tensor states, Transitions frames) {
    return weights.critic.values(states, frames);
  }

  /** The same of all actions, also of those that the data doesn't support and play never takes. */
  public float[] unrestrictedCritic(Tensor output) {
    return weights.critic.unrestricted(output);
  }

  /**
   * Probabilities of what the data's players do at the newest frames of contexts, among the actions
   * that the model's {@code support} leaves, [n * 18]; of models that have a behaviour network.
   *
   * @param tokens [n][length]
   * @param games id of the game of each
   */
  public float[] behaviour(int[][] tokens, int[] games) {
    try (StepScope scope = StepScope.inference()) {
      return Tensors.floats(
          ActionMasks.supported(
              weights.behaviour.orElseThrow(),
              newestFrames(tokens, games),
              config.support(),
              device));
    }
  }

  /**
   * Logarithm of how often the data's players do each action, as a share of how often they do the
   * likeliest one, [n * 18]; of models that have a behaviour network.
   *
   * @param frames each with the one before it
   */
  float[] logShares(Transitions frames) {
    return Tensors.floats(ActionMasks.logShares(weights.behaviour.orElseThrow(), frames, device));
  }

  /** Index of the largest logit of each row; the first one on a tie. */
  public static int[] argmax(Tensor logits) {
    long[] best = Tensors.longs(torch.argmax(logits, new LongOptional(1), false));
    return Arrays.stream(best).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public void close() {
    buffers.close();
    pool.close();
    if (ownsWeights) {
      weights.close();
    }
  }
}
