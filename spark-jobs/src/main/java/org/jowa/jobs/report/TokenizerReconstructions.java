package org.jowa.jobs.report;

import static org.jowa.env.game.Observation.SIDE;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.html.Numbers;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/** Puts frames of the data set, held-out ones if there are any, through a tokenizer and back. */
final class TokenizerReconstructions implements ReconstructionSource {
  private static final int FRAMES_A_GAME = 4;
  private static final int MOST_GAMES = 15;
  private final Dataset dataset;
  private final Checkpoint tokenizer;

  /** A frame to show. */
  private record Frame(String game, String words, byte[] pixels) {}

  TokenizerReconstructions(Dataset dataset, Checkpoint tokenizer) {
    this.dataset = dataset;
    this.tokenizer = tokenizer;
  }

  @Override
  public List<Reconstruction> reconstructions() {
    List<Frame> frames = new ArrayList<>();
    for (String game : dataset.games().stream().sorted().limit(MOST_GAMES).toList()) {
      frames.addAll(frames(game));
    }
    if (frames.isEmpty()) {
      throw new InvalidInputException("the data set has no frames");
    }
    try (Safetensors weights = tokenizer.tokenizer();
        FrameTokenizer model = FrameTokenizer.load(weights)) {
      return frames.stream()
          .map(
              frame ->
                  new Reconstruction(
                      frame.game(), frame.words(), SIDE, frame.pixels(), decode(model, frame)))
          .toList();
    }
  }

  /** Frames spread evenly over the game's shards. */
  private List<Frame> frames(String game) {
    List<Shard> all =
        dataset.manifest().shards().stream().filter(shard -> shard.game().equals(game)).toList();
    List<Shard> heldOut = all.stream().filter(Shard::isHeldOut).toList();
    List<Shard> shards = heldOut.isEmpty() ? all : heldOut;
    long rows = shards.stream().mapToLong(Shard::rows).sum();
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < Math.min(FRAMES_A_GAME, rows); i++) {
      long row = rows * (2 * i + 1) / (2 * FRAMES_A_GAME);
      int shard = 0;
      while (row >= shards.get(shard).rows()) {
        row -= shards.get(shard++).rows();
      }
      frames.add(frame(shards.get(shard), (int) row));
    }
    return frames;
  }

  private Frame frame(Shard shard, int row) {
    ByteBuffer pixels = ByteBuffer.allocate(SIDE * SIDE);
    try (FrameShardReader reader = dataset.openFrames(shard)) {
      reader.frame(row, pixels, 0);
      String words =
          String.format(
              Locale.ROOT,
              "run %d, episode %s%s",
              shard.run(),
              Numbers.count(reader.episode(row)),
              shard.isHeldOut() ? ", held out" : "");
      return new Frame(shard.game(), words, pixels.array());
    }
  }

  private static byte[] decode(FrameTokenizer model, Frame frame) {
    FrameTokenizer ofGame = model.forGame(Games.byName(frame.game()).id());
    try (StepScope scope = StepScope.inference()) {
      return ofGame.grays(ofGame.tokens(Tensors.of(frame.pixels(), 1, SIDE, SIDE)));
    }
  }
}
