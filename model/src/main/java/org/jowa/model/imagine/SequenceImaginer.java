package org.jowa.model.imagine;

import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jowa.env.game.Games;
import org.jowa.model.plan.BeamSearch;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.BeamTree;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.world.WorldBatch;

/**
 * Makes sequences of a batch's: their newest steps, and a plan from there on instead of what was
 * played (spec sections 4.1 and 6.1). A sequence counts whose newest {@code T - horizon} steps are
 * real.
 *
 * <p>Whatever else is in the batch, a sequence is planned among as many, so that what is imagined
 * doesn't depend on the number of ranks.
 */
public final class SequenceImaginer {
  /** Sequences that are planned together; where there are fewer, the first stands in for more. */
  private static final int PLANNED_TOGETHER = 8;

  private final WorldDecoder decoder;
  private final ImaginationSettings settings;
  private final BeamSettings search;

  /** What training sees of imagined frames, {@code [n * 36]}. */
  private final UnaryOperator<int[]> frames;

  private final Map<Integer, BeamSearch> searches = new HashMap<>();

  /**
   * @param decoder the caller closes it
   * @param discount that the model is trained with
   * @param frames what training sees of imagined frames' tokens, {@code [n * 36]}
   */
  public SequenceImaginer(
      WorldDecoder decoder,
      ImaginationSettings settings,
      double discount,
      UnaryOperator<int[]> frames) {
    this.decoder = decoder;
    this.settings = settings;
    this.frames = frames;
    this.search =
        new BeamSettings(
            settings.width(),
            settings.horizon(),
            discount,
            BeamSettings.Ends.IGNORED,
            // What was accepted before decides nothing, as after a resume it isn't known.
            BeamSettings.Speculation.ON);
  }

  /**
   * What each sequence of a batch becomes.
   *
   * @return {@code [B]}; null for a sequence that doesn't count
   */
  public ImaginedSequence[] imagine(WorldBatch batch) {
    Map<Integer, List<Integer>> rows = new TreeMap<>();
    for (int row = 0; row < batch.realRows(); row++) {
      if (counts(batch, row)) {
        rows.computeIfAbsent(batch.games()[row], game -> new ArrayList<>()).add(row);
      }
    }
    ImaginedSequence[] sequences = new ImaginedSequence[batch.size()];
    rows.forEach(
        (game, ofGame) -> {
          for (int from = 0; from < ofGame.size(); from += PLANNED_TOGETHER) {
            int to = Math.min(from + PLANNED_TOGETHER, ofGame.size());
            imagine(batch, game, ofGame.subList(from, to), sequences);
          }
        });
    return sequences;
  }

  private void imagine(
      WorldBatch batch, int game, List<Integer> rows, ImaginedSequence[] sequences) {
    int[][] contexts = new int[PLANNED_TOGETHER][];
    Arrays.fill(contexts, context(batch, rows.get(0)));
    for (int i = 1; i < rows.size(); i++) {
      contexts[i] = context(batch, rows.get(i));
    }
    List<BeamTree> trees =
        searches
            .computeIfAbsent(game, id -> BeamSearch.create(decoder, Games.byId(id), search))
            .search(contexts);
    for (int i = 0; i < rows.size(); i++) {
      sequences[rows.get(i)] = sequence(batch, rows.get(i), trees.get(i).plan());
    }
  }

  private boolean counts(WorldBatch batch, int row) {
    return IntStream.range(settings.horizon(), batch.steps())
        .allMatch(step -> batch.isReal(row, step));
  }

  /** The newest steps, the last one without its action. */
  private int[] context(WorldBatch batch, int row) {
    int blocks = batch.steps() - settings.horizon();
    int[] tokens = new int[blocks * WorldConfig.BLOCK_TOKENS - 1];
    for (int block = 0; block < blocks; block++) {
      int step = row * batch.steps() + settings.horizon() + block;
      int at = block * WorldConfig.BLOCK_TOKENS;
      System.arraycopy(batch.tokens(), step * FRAME_TOKENS, tokens, at, FRAME_TOKENS);
      if (block + 1 < blocks) {
        tokens[at + FRAME_TOKENS] = batch.actions()[step];
      }
    }
    return tokens;
  }

  private ImaginedSequence sequence(WorldBatch batch, int row, List<BeamTree.Node> plan) {
    int steps = batch.steps();
    int seen = steps - plan.size();
    int first = row * steps + plan.size();
    int[] tokens = new int[steps * FRAME_TOKENS];
    int[] actions = new int[steps];
    float[] rewards = new float[steps];
    System.arraycopy(batch.tokens(), first * FRAME_TOKENS, tokens, 0, seen * FRAME_TOKENS);
    int early = settings.mode() == ImaginationSettings.Mode.REFERENCE ? 1 : 0;
    System.arraycopy(batch.actions(), first + early, actions, 0, seen - 1);
    System.arraycopy(batch.rewards(), first + early, rewards, 0, seen - 1);
    int[] imagined = new int[plan.size() * FRAME_TOKENS];
    for (int i = 0; i < plan.size(); i++) {
      BeamTree.Node node = plan.get(i);
      System.arraycopy(node.tokens(), 0, imagined, i * FRAME_TOKENS, FRAME_TOKENS);
      actions[seen - 1 + i] = node.action();
      rewards[seen - 1 + i] = node.reward();
    }
    System.arraycopy(frames.apply(imagined), 0, tokens, seen * FRAME_TOKENS, imagined.length);
    // The last frame's action was never chosen; no target of the TD loss reads it.
    actions[steps - 1] = actions[steps - 2];
    rewards[steps - 1] = rewards[steps - 2];
    return new ImaginedSequence(batch.games()[row], tokens, actions, rewards);
  }
}
