package org.jowa.data.batch;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jowa.data.SmallLogs;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.tokens.TokenSet;

/**
 * A data set of small logs, and every step of it as the shards have them, to compare with what
 * loaders serve.
 *
 * @param steps by lane, then episode in the lane, then step; held-out episodes are those of lane -1
 */
record LoadedSteps(Dataset dataset, TokenSet tokens, Map<Integer, List<List<Step>>> steps) {
  /** Sequences or frames of a step, over all ranks. */
  static final int BATCH = 8;

  record Step(int game, int pixel, int action, float reward, boolean terminal) {}

  /** Made in {@code data} below a folder, of logs in {@code logs}. */
  static LoadedSteps in(Path folder) {
    SmallLogs.write(folder.resolve("logs"));
    Dataset dataset = SmallLogs.ingest(folder.resolve("logs"), folder.resolve("data"));
    TokenSet tokens = SmallLogs.tokenize(dataset);
    Map<Integer, List<List<Step>>> steps = new HashMap<>();
    ByteBuffer frame = ByteBuffer.allocate(7056);
    for (StoredEpisode episode : dataset.episodes().all()) {
      Shard shard = dataset.manifest().shards().get(episode.shard());
      List<Step> all = new ArrayList<>();
      try (FrameShardReader reader = dataset.openFrames(shard)) {
        for (int row = episode.firstRow(); row < episode.firstRow() + episode.length(); row++) {
          reader.frame(row, frame, 0);
          all.add(
              new Step(
                  episode.game(),
                  frame.get(0) & 0xff,
                  reader.action(row),
                  reader.reward(row),
                  reader.terminal(row)));
        }
      }
      steps.computeIfAbsent(episode.lane(), lane -> new ArrayList<>()).add(all);
    }
    return new LoadedSteps(dataset, tokens, steps);
  }

  /** A sequence that begins at a step of an episode, as text. */
  static String describe(List<Step> episode, int start) {
    StringBuilder text = new StringBuilder("game " + episode.get(0).game());
    for (int t = start; t < start + 8; t++) {
      if (t < 0 || t >= episode.size()) {
        text.append(" | 0 0 0 0.0 0 0");
      } else {
        Step step = episode.get(t);
        text.append(
            String.format(
                Locale.ROOT,
                " | %d %d %d %s %d 1",
                SmallLogs.token(step.pixel(), 0),
                SmallLogs.token(step.pixel(), 35),
                step.action(),
                step.reward(),
                step.terminal() ? 1 : 0));
      }
    }
    return text.toString();
  }

  /** A sequence of a batch, as text. */
  static String describe(SequenceBatch batch, int i) {
    StringBuilder text = new StringBuilder("game " + batch.games[i]);
    for (int t = 0; t < 8; t++) {
      int at = i * 8 + t;
      int[] frame = Arrays.copyOfRange(batch.tokens, at * 36, at * 36 + 36);
      text.append(
          String.format(
              Locale.ROOT,
              " | %d %d %d %s %d %d",
              frame[0],
              frame[35],
              batch.actions[at],
              batch.rewards[at],
              batch.ends[at],
              batch.mask[at]));
    }
    return text.toString();
  }
}
