package org.jowa.jobs.play;

import static org.jowa.env.game.Observation.SIDE;

import java.util.List;
import java.util.Locale;
import org.jowa.env.AtariEnv;
import org.jowa.env.game.Game;
import org.jowa.model.plan.BeamTree;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.FrameTokenizer;

/**
 * One step of play as a picture: the screen, the frame that the model gets, what its tokenizer
 * keeps of it, the frames of the chosen plan as the model imagines them, and the expected Q of
 * every action.
 */
final class Panels {
  private static final int GAP = 6;
  private static final int HEAD = Canvas.TEXT + 3;
  private static final int SCALE = 2;
  private static final int BAR = 60;
  private static final int NAME = 48;
  private static final int LINE = Canvas.TEXT + 2;

  private static final int INK = 0xC8C8C8;
  private static final int CHOSEN = 0xF0A030;
  private static final int OTHER = 0x408080;

  private final Game game;
  private final Frames frames;
  private final int screenWidth;
  private final int[] screen;
  private final Canvas canvas;
  private final int right;

  /**
   * @param horizon frames that a plan imagines
   */
  Panels(Game game, FrameTokenizer tokenizer, AtariEnv env, int horizon) {
    this.game = game;
    this.frames = new Frames(tokenizer.forGame(game.id()));
    this.screenWidth = env.screenWidth();
    this.screen = new int[env.screenWidth() * env.screenHeight()];
    this.right = 2 * GAP + screenWidth;
    int columns = Math.max(2, horizon);
    int bars = HEAD + LINE * game.minimalActions().size();
    this.canvas =
        new Canvas(
            right + columns * (SIDE + GAP),
            Math.max(
                GAP + HEAD + env.screenHeight() + GAP, 2 * (GAP + HEAD + SIDE) + GAP + bars + GAP),
            SCALE);
  }

  int width() {
    return canvas.width;
  }

  int height() {
    return canvas.height;
  }

  /**
   * Draws a step.
   *
   * @param frame [84 * 84] that the model got
   * @param tree what was planned
   * @param action that was taken, a random one perhaps
   * @return [height, width, 3], the same array at each call
   */
  byte[] draw(AtariEnv env, byte[] frame, BeamTree tree, int action, double score) {
    canvas.clear();
    env.screenRgb(screen);
    canvas.text(GAP, GAP, String.format(Locale.ROOT, "%s %.0f", game, score), INK);
    canvas.picture(GAP, GAP + HEAD, screen, screenWidth);
    List<BeamTree.Node> plan = tree.plan();
    byte[] decoded = decode(tree.nodes().get(0), plan);
    panel(0, 0, "seen", frame, 0);
    panel(1, 0, "by tokens", decoded, 0);
    for (int i = 0; i < plan.size(); i++) {
      panel(i, 1, "+" + (i + 1) + " " + name(plan.get(i)), decoded, (i + 1) * SIDE * SIDE);
    }
    bars(tree.nodes().get(0).critic(), action);
    return canvas.rgb();
  }

  private static String name(BeamTree.Node node) {
    String reward = node.reward() == 0 ? "" : node.reward() > 0 ? " +1" : " -1";
    return ActionNames.of(node.action()) + reward;
  }

  private void panel(int column, int row, String title, byte[] gray, int offset) {
    int left = right + column * (SIDE + GAP);
    int top = GAP + row * (HEAD + SIDE + GAP);
    canvas.text(left, top, title, INK);
    canvas.gray(left, top + HEAD, gray, offset, SIDE);
  }

  /** Bars from the lowest expected Q to the highest. */
  private void bars(float[] critic, int action) {
    int top = GAP + 2 * (HEAD + SIDE + GAP);
    canvas.text(right, top, "expected return", INK);
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int known : game.minimalActions()) {
      if (Float.isFinite(critic[known])) {
        low = Math.min(low, critic[known]);
        high = Math.max(high, critic[known]);
      }
    }
    int line = top + HEAD;
    for (int known : game.minimalActions()) {
      int colour = known == action ? CHOSEN : OTHER;
      canvas.text(right, line, ActionNames.of(known), known == action ? CHOSEN : INK);
      if (Float.isFinite(critic[known])) {
        double share = high > low ? (critic[known] - low) / (high - low) : 1;
        canvas.bar(
            right + NAME + GAP, line, 1 + (int) Math.round(share * BAR), Canvas.TEXT, colour);
        canvas.text(
            right + NAME + GAP + BAR + GAP,
            line,
            String.format(Locale.ROOT, "%.2f", critic[known]),
            INK);
      }
      line += LINE;
    }
  }

  /** The frame of the root's tokens, then those of the plan. */
  private byte[] decode(BeamTree.Node root, List<BeamTree.Node> plan) {
    int count = 1 + plan.size();
    long[] tokens = new long[count * WorldConfig.FRAME_TOKENS];
    for (int i = 0; i < count; i++) {
      int[] frame = i == 0 ? root.tokens() : plan.get(i - 1).tokens();
      for (int j = 0; j < frame.length; j++) {
        tokens[i * frame.length + j] = frame[j];
      }
    }
    return frames.pixels(tokens);
  }
}
