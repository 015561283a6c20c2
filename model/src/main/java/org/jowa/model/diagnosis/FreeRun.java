package org.jowa.model.diagnosis;

import static org.jowa.model.settings.WorldConfig.BLOCK_TOKENS;
import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;

import java.util.Arrays;
import java.util.List;
import org.jowa.env.game.Game;
import org.jowa.model.plan.BranchCache;
import org.jowa.model.plan.ContextCache;
import org.jowa.model.plan.Imagination;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.torch.StepScope;

/**
 * A model that goes on from recorded frames by itself, under the recorded actions. It reads its own
 * frames as it would read played ones: the newest that its context has room for.
 */
final class FreeRun {
  private final WorldDecoder decoder;
  private final Game game;
  private final List<Window> windows;
  private final int context;

  FreeRun(WorldDecoder decoder, Game game, List<Window> windows, int context) {
    this.decoder = decoder;
    this.game = game;
    this.windows = windows;
    this.context = context;
  }

  void run(ChangedTokens figures) {
    int farthest = ChangedTokens.HORIZONS.get(ChangedTokens.HORIZONS.size() - 1);
    List<Window> seen = windows.stream().map(FreeRun::copy).toList();
    Imagination imagination = Imagination.speculative(decoder);
    for (int horizon = 1; horizon <= farthest; horizon++) {
      int next = context + horizon - 1;
      int[][] frames = imagine(imagination, seen, next);
      for (int i = 0; i < frames.length; i++) {
        if (ChangedTokens.HORIZONS.contains(horizon)) {
          Window recorded = windows.get(i);
          figures.imagined(
              horizon,
              recorded.frame(next),
              recorded.frame(next - 1),
              frames[i],
              recorded.frame(context - 1));
        }
        System.arraycopy(frames[i], 0, seen.get(i).tokens(), next * FRAME_TOKENS, FRAME_TOKENS);
      }
    }
  }

  /** The frames of step {@code next}. */
  private int[][] imagine(Imagination imagination, List<Window> seen, int next) {
    int blocks = Math.min(decoder.config().blocks() - 1, next);
    int[][] contexts = new int[seen.size()][];
    int[][] newest = new int[seen.size()][];
    int[] actions = new int[seen.size()];
    int[] games = new int[seen.size()];
    Arrays.fill(games, game.id());
    for (int i = 0; i < contexts.length; i++) {
      // The newest action is the one whose outcome is imagined.
      contexts[i] =
          ModelDiagnosis.context(seen.get(i), next - blocks, next, blocks * BLOCK_TOKENS - 1);
      newest[i] = seen.get(i).frame(next - 1);
      actions[i] = seen.get(i).actions()[next - 1];
    }
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(contexts, games);
      try (ContextCache cache = root.cache();
          BranchCache branches = decoder.branch(cache, 1, BLOCK_TOKENS)) {
        return imagination.step(branches, 0, actions, newest).tokens();
      }
    }
  }

  private static Window copy(Window window) {
    return new Window(
        window.game(),
        window.length(),
        window.tokens().clone(),
        window.actions(),
        window.rewards(),
        window.ends(),
        window.returns());
  }
}
