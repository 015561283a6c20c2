package org.jowa.jobs;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.replay.ReplayLogWriter;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Games;
import org.jowa.env.game.Observation;
import org.jowa.jobs.config.Config;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Safetensors;

/** What a training of seconds needs: sizes, made-up play, and checkpoints that nobody trained. */
public final class SmallRun {
  private static final Configuration HADOOP = new Configuration();

  private SmallRun() {}

  /**
   * Sizes of a model that takes milliseconds a step.
   *
   * @param more settings
   */
  public static Config config(String... more) {
    return Config.preset("tiny")
        .with(List.of("world.layers=1", "world.width=16", "world.heads=2", "world.q-width=8"))
        .with(List.of(more));
  }

  /** What is played at a step, and what comes of it. */
  public record Played(int action, float reward, boolean end) {}

  /**
   * A data set of play in which a dot wanders over a gray court.
   *
   * @param folder that gets it, and the logs that it is made of
   * @param steps of each game
   * @return URI of the data set
   */
  public static String dataset(
      Path folder,
      String name,
      double heldOut,
      int lanes,
      int steps,
      IntFunction<Played> play,
      String... games) {
    String logs = folder.resolve("logs-" + name).toString();
    for (String game : games) {
      try (ReplayLogWriter writer =
          ReplayLogWriter.create(
              Storage.at(logs), Games.byName(game), 1, "dice", 0, 0.25, "ab".repeat(16), steps)) {
        byte[] frame = new byte[Observation.BYTES];
        for (int step = 0; step < steps; step++) {
          Arrays.fill(frame, (byte) 87);
          frame[Observation.SIDE * (step * 5 % 80) + step * 7 % 80] = (byte) 236;
          Played played = play.apply(step);
          writer.append(frame, played.action(), played.reward(), played.reward(), played.end());
        }
        writer.finish();
      }
    }
    String out = folder.resolve(name).toString();
    Ingest.of(out, IngestOptions.everything(logs, heldOut, 0).withLanes(lanes), HADOOP).run(1);
    return out;
  }

  /** Writes weights as the checkpoint of step 5. */
  public static void checkpoint(
      String checkpoints, String stage, Map<String, String> inputs, FlatParameters weights) {
    CheckpointStore.open(checkpoints, HADOOP)
        .write(
            CheckpointState.of(stage, 5, 0, 1, 1, Map.of(), inputs, Map.of(), Map.of()),
            Map.of(Checkpoint.MODEL, out -> Safetensors.write(out, weights.tensors(), Map.of())));
  }
}
