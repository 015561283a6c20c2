package org.jowa.model.diagnosis;

import static org.jowa.model.settings.WorldConfig.ACTION_OFFSET;
import static org.jowa.model.settings.WorldConfig.BLOCK_TOKENS;
import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;
import static org.jowa.model.settings.WorldConfig.Q_OFFSET;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.env.game.Game;
import org.jowa.model.plan.ContextCache;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.Transitions;

/**
 * Reads windows of one game's held-out play with a model and gathers the figures of every stage but
 * the tokenizer's. The model reads them as it does in training, no window longer than its context,
 * and computes as it does in play.
 */
public final class ModelDiagnosis {
  private final WorldDecoder decoder;
  private final Game game;
  private final boolean[] valid;
  private final ChangedTokens changed = new ChangedTokens();
  private final Events rewards = new Events();
  private final Events ends = new Events();
  private final QAgainstReturn values;
  private final PolicyAgreement policy = new PolicyAgreement();

  /** What a window was chosen for. */
  public enum Use {
    /** Drawn evenly: world model and Q-function. */
    DRAWN,
    /** Has a reward or an end, and is counted with the drawn ones there. */
    EVENT,
    /** Of the best episodes: policy. */
    BEST
  }

  /**
   * @param decoder the caller closes it
   */
  public ModelDiagnosis(WorldDecoder decoder, Game game) {
    this.decoder = decoder;
    this.game = game;
    this.valid = game.validActions();
    this.values = new QAgainstReturn(decoder.config().blocks());
  }

  /**
   * Reads windows in one pass.
   *
   * @param windows not longer than the model's context
   * @param uses what each is for
   */
  public void read(List<Window> windows, List<Set<Use>> uses) {
    int steps = decoder.config().blocks();
    int[][] contexts = new int[windows.size()][];
    int[] games = new int[windows.size()];
    for (int i = 0; i < contexts.length; i++) {
      contexts[i] = context(windows.get(i), 0, windows.get(i).length(), steps * BLOCK_TOKENS);
      games[i] = game.id();
    }
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled read = decoder.prefillAll(contexts, games);
      try (ContextCache cache = read.cache()) {
        Rows rows = new Rows(read.output(), windows, uses, steps);
        rows.tokens();
        rows.events();
        rows.values();
      }
    }
  }

  /**
   * Lets the model run freely under the recorded actions, all windows at once.
   *
   * @param windows of equal length: the context, then as many steps as the farthest horizon
   * @param context recorded frames that the model is shown first
   */
  public void imagine(List<Window> windows, int context) {
    new FreeRun(decoder, game, windows, context).run(changed);
  }

  /** The figures of world model, rewards and ends, Q-function and policy, without gates. */
  public List<StageFigures> figures() {
    List<Figure> events = new ArrayList<>(rewards.figures(Events.REWARD));
    events.addAll(ends.figures(Events.END));
    return List.of(
        new StageFigures(Stage.WORLD, game.name(), changed.figures()),
        new StageFigures(Stage.REWARDS, game.name(), events),
        new StageFigures(Stage.Q, game.name(), values.figures()),
        new StageFigures(Stage.POLICY, game.name(), policy.figures()));
  }

  /**
   * Frames and actions as the model reads them; zeros behind.
   *
   * @param from first step
   * @param to last step, exclusive
   * @param tokens length of the result, which may cut the last action off
   */
  static int[] context(Window window, int from, int to, int tokens) {
    int[] context = new int[Math.max(tokens, (to - from) * BLOCK_TOKENS)];
    for (int step = from; step < to; step++) {
      int at = (step - from) * BLOCK_TOKENS;
      System.arraycopy(window.tokens(), step * FRAME_TOKENS, context, at, FRAME_TOKENS);
      context[at + ACTION_OFFSET] = window.actions()[step];
    }
    return Arrays.copyOf(context, tokens);
  }

  /** What a pass gave, by window and step. */
  private final class Rows {
    private final Tensor output;
    private final List<Window> windows;
    private final List<Set<Use>> uses;
    private final int steps;

    Rows(Tensor output, List<Window> windows, List<Set<Use>> uses, int steps) {
      this.output = output;
      this.windows = windows;
      this.uses = uses;
      this.steps = steps;
    }

    private boolean is(int window, Use use) {
      return uses.get(window).contains(use);
    }

    private int row(int window, int step, int offset) {
      return (window * steps + step) * BLOCK_TOKENS + offset;
    }

    private Tensor gather(List<Integer> rows) {
      int[] index = rows.stream().mapToInt(Integer::intValue).toArray();
      return output.index_select(0, Tensors.indices(index, index.length));
    }

    private Transitions frames(List<int[]> places) {
      Transitions frames = Transitions.of(places.size());
      for (int i = 0; i < places.size(); i++) {
        Window window = windows.get(places.get(i)[0]);
        int frame = places.get(i)[1] * FRAME_TOKENS;
        frames.put(i, game.id(), window.tokens(), frame, frame - FRAME_TOKENS);
      }
      return frames;
    }

    /** Position i of a frame predicts token i + 1; the action token the next frame's first. */
    void tokens() {
      List<Integer> rows = new ArrayList<>();
      List<int[]> expected = new ArrayList<>();
      for (int i = 0; i < windows.size(); i++) {
        Window window = windows.get(i);
        for (int step = 1; is(i, Use.DRAWN) && step < window.length(); step++) {
          for (int place = 0; place < FRAME_TOKENS; place++) {
            int recorded = window.token(step, place);
            int before = window.token(step - 1, place);
            if (recorded != before) {
              rows.add(row(i, step, place) - 1);
              expected.add(new int[] {recorded, before});
            }
          }
        }
      }
      if (!rows.isEmpty()) {
        int[] predicted = WorldDecoder.argmax(decoder.observationLogits(gather(rows)));
        for (int i = 0; i < predicted.length; i++) {
          changed.taught(expected.get(i)[0], expected.get(i)[1], predicted[i]);
        }
      }
    }

    void events() {
      List<Integer> rows = new ArrayList<>();
      List<int[]> recorded = new ArrayList<>();
      for (int i = 0; i < windows.size(); i++) {
        Window window = windows.get(i);
        boolean counts = is(i, Use.DRAWN) || is(i, Use.EVENT);
        for (int step = 0; counts && step < window.length(); step++) {
          rows.add(row(i, step, ACTION_OFFSET));
          recorded.add(new int[] {(int) Math.signum(window.rewards()[step]), window.ends()[step]});
        }
      }
      if (rows.isEmpty()) {
        return;
      }
      Tensor vectors = gather(rows);
      Tensor rewardLogits = decoder.rewardLogits(vectors);
      Tensor endLogits = decoder.endLogits(vectors);
      int[] signs = WorldDecoder.argmax(rewardLogits);
      int[] flags = WorldDecoder.argmax(endLogits);
      float[] noReward = Tensors.floats(torch.softmax(rewardLogits, 1).select(1, 1));
      float[] end = Tensors.floats(torch.softmax(endLogits, 1).select(1, 1));
      for (int i = 0; i < signs.length; i++) {
        int sign = recorded.get(i)[0];
        boolean ended = recorded.get(i)[1] != 0;
        rewards.add(-noReward[i], sign != 0, signs[i] - 1 == sign);
        ends.add(end[i], ended, (flags[i] == 1) == ended);
      }
    }

    void values() {
      int stateTokens = decoder.config().stateInput().tokens();
      List<Integer> rows = new ArrayList<>();
      List<int[]> places = new ArrayList<>();
      for (int i = 0; i < windows.size(); i++) {
        boolean counts = is(i, Use.DRAWN) || is(i, Use.BEST);
        for (int step = 0; counts && step < windows.get(i).length(); step++) {
          for (int token = Q_OFFSET - stateTokens + 1; token <= Q_OFFSET; token++) {
            rows.add(row(i, step, token));
          }
          places.add(new int[] {i, step});
        }
      }
      if (rows.isEmpty()) {
        return;
      }
      Tensor vectors = gather(rows).view(places.size(), decoder.config().stateWidth());
      float[] q = decoder.unrestrictedCritic(vectors);
      float[] inPlay = decoder.critic(vectors, frames(places));
      for (int i = 0; i < places.size(); i++) {
        int of = places.get(i)[0];
        int step = places.get(i)[1];
        Window window = windows.get(of);
        int taken = window.actions()[step];
        int at = i * WorldConfig.ACTIONS;
        int greedy = greedy(inPlay, at);
        if (is(of, Use.DRAWN)) {
          values.add(step, q[at + taken], window.returns()[step], gap(q, at), greedy, taken);
        }
        if (is(of, Use.BEST) && QAgainstReturn.isTrained(step, steps)) {
          policy.add(greedy, taken);
        }
      }
    }
  }

  /** The first of the valid actions with the largest value, as play takes it. */
  private int greedy(float[] critic, int at) {
    int best = -1;
    for (int action = 0; action < valid.length; action++) {
      if (valid[action] && (best < 0 || critic[at + action] > critic[at + best])) {
        best = action;
      }
    }
    return best;
  }

  private double gap(float[] q, int at) {
    int best = greedy(q, at);
    double second = Double.NEGATIVE_INFINITY;
    for (int action = 0; action < valid.length; action++) {
      if (valid[action] && action != best) {
        second = Math.max(second, q[at + action]);
      }
    }
    return q[at + best] - second;
  }
}
