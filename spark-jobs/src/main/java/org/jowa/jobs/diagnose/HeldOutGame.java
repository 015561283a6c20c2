package org.jowa.jobs.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.StepArrays;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.tokens.TokenSet;
import org.jowa.data.tokens.TokenShardReader;
import org.jowa.env.game.Game;
import org.jowa.error.InvalidInputException;
import org.jowa.model.diagnosis.Window;
import org.jowa.model.settings.DiagnoseSettings;
import org.jowa.model.settings.WorldConfig;

/**
 * The held-out episodes of a game that are looked at. Only their rewards are kept; frames' tokens
 * are read window by window.
 */
final class HeldOutGame implements AutoCloseable {
  /** Windows that are handed out together. */
  private static final int BATCH = 16;

  private final Game game;
  private final TokenSet tokens;
  private final Choice choice;
  private final MappedFiles files = MappedFiles.within(MappedFiles.DEFAULT_BYTES);
  private final TokenShardReader[] readers;
  private final List<StoredEpisode> episodes;
  private final List<float[]> rewards = new ArrayList<>();
  private final List<double[]> returns = new ArrayList<>();

  private HeldOutGame(
      Dataset dataset,
      TokenSet tokens,
      Game game,
      List<StoredEpisode> episodes,
      Choice choice,
      double discount) {
    this.game = game;
    this.tokens = tokens;
    this.episodes = episodes;
    this.choice = choice;
    this.readers = new TokenShardReader[dataset.manifest().shards().size()];
    for (StoredEpisode episode : episodes) {
      TokenShardReader reader = reader(episode.shard());
      float[] ofEpisode = new float[episode.length()];
      for (int step = 0; step < ofEpisode.length; step++) {
        ofEpisode[step] = reader.reward(episode.firstRow() + step);
      }
      rewards.add(ofEpisode);
      returns.add(Window.returns(ofEpisode, discount));
    }
  }

  /** Held-out episodes of a game, each once. */
  static List<StoredEpisode> episodes(Dataset dataset, Game game) {
    return dataset.episodes().heldOut().stream()
        .filter(episode -> episode.game() == game.id())
        .toList();
  }

  /**
   * Opens at most so many of a game's held-out episodes.
   *
   * @param seed of the choice
   * @param discount of their returns
   * @throws InvalidInputException if the game has none
   */
  static HeldOutGame open(
      Dataset dataset,
      TokenSet tokens,
      Game game,
      DiagnoseSettings settings,
      long seed,
      double discount) {
    List<StoredEpisode> all = episodes(dataset, game);
    Choice choice = new Choice(seed, game.id());
    List<StoredEpisode> chosen =
        Arrays.stream(choice.episodes(all.size(), settings.episodes())).mapToObj(all::get).toList();
    return new HeldOutGame(dataset, tokens, game, chosen, choice, discount);
  }

  /** Windows for everything but running freely. */
  List<Choice.Place> windows(int steps, int most) {
    boolean raw = episodes.stream().allMatch(episode -> episode.rawReturn() != null);
    double[] scores =
        episodes.stream()
            .mapToDouble(episode -> raw ? episode.rawReturn() : episode.rewardSum())
            .toArray();
    return choice.windows(rewards, scores, steps, most);
  }

  /** Windows to run freely in. */
  List<Choice.Place> free(int steps, int most) {
    return choice.free(rewards.stream().mapToInt(r -> r.length).toArray(), steps, most);
  }

  /** Some windows and where they are. */
  record Batch(List<Choice.Place> places, List<Window> windows) {}

  /** Reads windows, some at a time. */
  void read(List<Choice.Place> places, Consumer<Batch> reader) {
    IntStream.iterate(0, at -> at < places.size(), at -> at + BATCH)
        .mapToObj(at -> places.subList(at, Math.min(places.size(), at + BATCH)))
        .forEach(some -> reader.accept(new Batch(some, some.stream().map(this::read).toList())));
  }

  private Window read(Choice.Place place) {
    StoredEpisode episode = episodes.get(place.episode());
    int length = place.length();
    StepArrays steps =
        new StepArrays(
            new int[length * WorldConfig.FRAME_TOKENS],
            new int[length],
            new float[length],
            new byte[length]);
    reader(episode.shard()).steps(episode.firstRow() + place.start(), length, steps, 0);
    return new Window(
        game.id(),
        length,
        steps.tokens(),
        steps.actions(),
        steps.rewards(),
        steps.ends(),
        Arrays.copyOfRange(returns.get(place.episode()), place.start(), place.start() + length));
  }

  private TokenShardReader reader(int shard) {
    if (readers[shard] == null) {
      readers[shard] = tokens.open(shard, files);
    }
    return readers[shard];
  }

  @Override
  public void close() {
    for (TokenShardReader reader : readers) {
      if (reader != null) {
        reader.close();
      }
    }
    files.close();
  }
}
