package org.jowa.jobs.play;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.jowa.env.AtariEnv;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;
import org.jowa.jobs.media.Pictures;
import org.jowa.model.plan.BeamSearch;
import org.jowa.model.plan.BeamTree;
import org.jowa.model.plan.ImaginedGame;
import org.jowa.model.plan.Planner;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.plan.PlanningAgent;
import org.jowa.model.plan.TokenBuffer;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A game that a person and the agent play in turns as they like, in the emulator and inside the
 * model. Both go on from where they were left: the real game stands still while the model is played
 * in.
 *
 * <p>Belongs to one thread.
 */
final class PlaySession implements AutoCloseable {
  private final Game game;
  private final Frames frames;
  private final Planner planner;
  private final PlannerSettings settings;
  private final ImaginedGame imagined;
  private final int blocks;
  private final Emulators emulators;
  private final Optional<RecordedFrames> recorded;
  private final long seed;

  private @Nullable Stage real;
  private Stage stage;
  private final Tally ofGame = new Tally();
  private final Tally ofModel = new Tally();
  private int episode;
  private String player = "person";
  private List<PlayView.Value> values = List.of();

  /** The episode so far. */
  private static final class Tally {
    long steps;
    double score;
    double reward;
    @Nullable String action;

    void clear() {
      steps = 0;
      score = 0;
      reward = 0;
      action = null;
    }
  }

  /**
   * How real episodes begin.
   *
   * @param whyNone why there are none, if so
   * @param byEpisode at the start of an episode of a number
   * @param maxSteps after which an episode is cut
   */
  record Emulators(Optional<String> whyNone, IntFunction<AtariEnv> byEpisode, int maxSteps) {
    static Emulators none(String why) {
      return new Emulators(
          Optional.of(why),
          episode -> {
            throw new UsageException(why);
          },
          0);
    }
  }

  /**
   * Begins with the first real episode, or with the first recorded frame where there is no
   * emulator.
   *
   * @param tokenizer the caller closes it, and the decoder
   * @param settings fit the model
   * @param recorded none where the data set isn't there
   */
  PlaySession(
      Game game,
      FrameTokenizer tokenizer,
      WorldDecoder decoder,
      PlannerSettings settings,
      long seed,
      int firstEpisode,
      Emulators emulators,
      Optional<RecordedFrames> recorded) {
    this.game = game;
    this.frames = new Frames(tokenizer.forGame(game.id()));
    this.planner = settings.create(decoder, game, seed);
    this.settings = settings;
    this.imagined = ImaginedGame.of(decoder, game, settings.futures(), seed);
    this.blocks = decoder.config().blocks();
    this.emulators = emulators;
    this.recorded = recorded.filter(some -> some.count() > 0);
    this.seed = seed;
    this.episode = firstEpisode;
    stage = emulators.whyNone().isEmpty() ? nextEpisode() : recordedStage(0);
  }

  /** The next real episode, from its start. */
  PlayView startGame() {
    requireGame();
    return show(nextEpisode());
  }

  private Stage nextEpisode() {
    if (real != null) {
      real.close();
      episode++;
    }
    ofGame.clear();
    AtariEnv env = emulators.byEpisode().apply(episode);
    real = new RealStage(env, frames, new TokenBuffer(blocks), emulators.maxSteps());
    return real;
  }

  /** The real game where it was left. */
  PlayView continueGame() {
    requireGame();
    return real == null ? startGame() : show(real);
  }

  private void requireGame() {
    if (emulators.whyNone().isPresent()) {
      throw new UsageException(emulators.whyNone().get());
    }
  }

  /**
   * An imagined episode that begins at a recorded frame.
   *
   * @throws UsageException if there is no such frame
   */
  PlayView startModel(int frame) {
    return show(recordedStage(frame));
  }

  private Stage recordedStage(int frame) {
    int count = recorded.map(RecordedFrames::count).orElse(0);
    if (frame < 0 || frame >= count) {
      throw new UsageException(
          count == 0
              ? "There are no recorded frames of %s: the run's data set isn't where config.yaml says"
                  .formatted(game)
              : "No recorded frame %s: there are 0 to %s".formatted(frame, count - 1));
    }
    TokenBuffer memory = new TokenBuffer(blocks);
    recorded.orElseThrow().remember(frame, imagined.contextBlocks(), frames, memory);
    return imaginedStage(memory);
  }

  /** An imagined episode that begins where the real game stands. */
  PlayView startModelHere() {
    requireGame();
    return show(imaginedStage(requireNonNull(real).memory().copy()));
  }

  private Stage imaginedStage(TokenBuffer memory) {
    ofModel.clear();
    return new ModelStage(imagined, frames, memory);
  }

  private PlayView show(Stage shown) {
    stage = shown;
    values = List.of();
    return view(true);
  }

  /** A recorded frame as PNG. */
  Optional<byte[]> recordedPicture(int frame) {
    return recorded.filter(all -> frame >= 0 && frame < all.count()).map(all -> all.picture(frame));
  }

  /** A step by a person who holds some keys; none where the episode has ended. */
  PlayView stepByPerson(Set<String> held, boolean withKept) {
    player = "person";
    values = List.of();
    if (!stage.isOver()) {
      step(ActionNames.action(game, held));
    }
    return view(withKept);
  }

  /** A step by the agent; none where the episode has ended. */
  PlayView stepByAgent(boolean withKept) {
    player = "agent";
    if (!stage.isOver()) {
      int most = Math.min(settings.context(), planner.contextBlocks());
      int[][] context = {stage.memory().context(most)};
      int planned;
      if (planner instanceof BeamSearch search) {
        BeamTree tree = search.search(context).get(0);
        values = values(tree.nodes().get(0).critic());
        planned = tree.action();
      } else {
        planned = planner.plan(context)[0];
      }
      step(
          PlanningAgent.perhapsRandom(
              settings.epsilon(), game, seed, episode, tally().steps, planned));
    }
    return view(withKept);
  }

  private Tally tally() {
    return stage == real ? ofGame : ofModel;
  }

  private void step(int action) {
    Tally tally = tally();
    tally.reward = stage.step(action);
    tally.score += tally.reward;
    tally.steps++;
    tally.action = ActionNames.of(action);
  }

  private List<PlayView.Value> values(float[] critic) {
    return game.minimalActions().stream()
        .map(
            action ->
                new PlayView.Value(
                    ActionNames.of(action),
                    Float.isFinite(critic[action]) ? (double) critic[action] : null))
        .toList();
  }

  /**
   * What there is to see.
   *
   * @param withKept whether what the tokens keep of a real frame is drawn as well
   */
  PlayView view(boolean withKept) {
    Stage.Picture picture = stage.picture();
    Tally tally = tally();
    boolean kept = withKept && stage == real;
    return new PlayView(
        game.name(),
        stage == real ? "real" : "model",
        emulators.whyNone().orElse(null),
        recorded.map(RecordedFrames::count).orElse(0),
        player,
        tally.steps,
        tally.score,
        tally.reward,
        stage.isOver(),
        tally.action,
        Pictures.dataAddress("png", picture.png()),
        picture.width(),
        picture.height(),
        kept ? Pictures.dataAddress("png", frames.picture(stage.memory().context(1))) : null,
        values);
  }

  @Override
  public void close() {
    if (real != null) {
      real.close();
    }
  }
}
