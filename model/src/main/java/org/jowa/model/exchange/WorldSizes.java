package org.jowa.model.exchange;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.world.WorldWeights;

/**
 * What the shapes in a file tell about a world-action model. They don't tell its attention heads.
 *
 * @param layers transformer blocks
 * @param width of the residual stream
 * @param qWidth hidden width of a Q network
 * @param qHeads Q networks in the ensemble
 * @param qOutputs of a Q network, over all actions
 * @param codebookSize observation tokens
 * @param tokens of the longest sequence
 */
public record WorldSizes(
    int layers, int width, int qWidth, int qHeads, int qOutputs, int codebookSize, int tokens) {
  static final String TRUNK = WorldWeights.FINAL_NORM + ".weight";

  private static final String Q_FIRST = WorldWeights.Q + 0;
  private static final String Q_LAST = WorldWeights.Q + 9;
  private static final String CODES = WorldWeights.TOKENS.get(1);
  private static final String POSITIONS = WorldWeights.POSITIONS;
  private static final String TASKS = WorldWeights.TASKS.get(0);
  private static final Pattern BLOCK = Pattern.compile("transformer\\.blocks\\.(\\d{1,3})\\..*");

  static WorldSizes of(OfficialFile file) {
    file.require(List.of(TRUNK, Q_FIRST, Q_LAST, CODES, POSITIONS, TASKS));
    int games = size(file, TASKS, 0);
    if (games != WorldConfig.GAMES) {
      throw file.refused(
          String.format(
              Locale.ROOT,
              "it knows %d games (%s), the games here are %d: it was trained with another list of"
                  + " games",
              games,
              TASKS,
              WorldConfig.GAMES));
    }
    Set<Integer> blocks = new LinkedHashSet<>();
    for (String name : file.names()) {
      Matcher block = BLOCK.matcher(name);
      if (block.matches()) {
        blocks.add(Integer.valueOf(block.group(1)));
      }
    }
    return new WorldSizes(
        blocks.stream().mapToInt(block -> block + 1).max().orElse(0),
        size(file, TRUNK, 0),
        size(file, Q_FIRST, 1),
        size(file, Q_FIRST, 0),
        size(file, Q_LAST, 1),
        size(file, CODES, 0),
        size(file, POSITIONS, 0));
  }

  private static int size(OfficialFile file, String name, int dimension) {
    long[] shape = file.shape(name);
    if (dimension >= shape.length || shape[dimension] > Integer.MAX_VALUE) {
      throw file.refused(String.format(Locale.ROOT, "%s has %d dimensions", name, shape.length));
    }
    return (int) shape[dimension];
  }

  /** The sizes of a configuration. */
  public static WorldSizes of(WorldConfig config) {
    return new WorldSizes(
        config.layers(),
        config.width(),
        config.qWidth(),
        config.qHeads(),
        config.qOutputs(),
        config.codebookSize(),
        config.maxTokens());
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "layers %d, width %d, Q width %d, Q heads %d, Q outputs %d, codes %d, tokens %d",
        layers,
        width,
        qWidth,
        qHeads,
        qOutputs,
        codebookSize,
        tokens);
  }
}
