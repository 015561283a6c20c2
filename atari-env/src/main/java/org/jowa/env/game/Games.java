package org.jowa.env.game;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;

/** The table of all games; a game's id is its place in it. */
public final class Games {
  /** How many games there are, and so how many task embeddings. */
  public static final int COUNT = 60;

  /** Size of the full action set, which is the same for every game. */
  public static final int FULL_ACTIONS = 18;

  // name | minimal actions as full-set ids | random, human, DQN score where published
  private static final String TABLE =
      """
      AirRaid | 0 1 3 4 11 12 | -
      Alien | all | 227.8 7127.7 2484.5
      Amidar | 0 1 2 3 4 5 10 11 12 13 | 5.8 1719.5 1207.7
      Assault | 0 1 2 3 4 11 12 | 222.4 742.0 1525.2
      Asterix | 0 2 3 4 5 6 7 8 9 | 210.0 8503.3 2711.4
      Asteroids | 0 1 2 3 4 5 6 7 10 11 12 13 14 15 | -
      Atlantis | 0 1 11 12 | 12850.0 29028.1 853640.0
      BankHeist | all | 14.2 753.1 601.8
      BattleZone | all | 2360.0 37187.5 17784.8
      BeamRider | 0 1 2 3 4 6 7 11 12 | 363.9 16926.5 5852.4
      Berzerk | all | 123.7 2630.4 487.5
      Bowling | 0 1 2 5 10 13 | -
      Boxing | all | 0.1 12.1 78.0
      Breakout | 0 1 3 4 | 1.7 30.5 96.2
      Carnival | 0 1 3 4 11 12 | 700.8 3800.0 4784.8
      Centipede | all | 2090.9 12017.0 2583.0
      ChopperCommand | all | 811.0 7387.8 2690.6
      CrazyClimber | 0 2 3 4 5 6 7 8 9 | 10780.5 35829.4 104568.8
      DemonAttack | 0 1 3 4 11 12 | 152.1 1971.0 6361.6
      DoubleDunk | all | -18.6 -16.4 -6.5
      ElevatorAction | all | -
      Enduro | 0 1 3 4 5 8 9 11 12 | 0.0 860.5 628.9
      FishingDerby | all | -91.7 -38.7 0.6
      Freeway | 0 2 5 | 0.0 29.6 26.3
      Frostbite | all | 65.2 4334.7 367.1
      Gopher | 0 1 2 3 4 10 11 12 | 257.6 2412.5 5479.9
      Gravitar | all | 173.0 3351.4 330.1
      Hero | all | 1027.0 30826.4 17325.4
      IceHockey | all | -11.2 0.9 -5.8
      Jamesbond | all | 29.0 302.8 573.3
      JourneyEscape | 0 2 3 4 5 6 7 8 9 11 12 13 14 15 16 17 | -
      Kangaroo | all | 52.0 3035.0 11486.0
      Krull | all | 1598.0 2665.5 6097.6
      KungFuMaster | 0 2 3 4 5 8 9 11 12 13 14 15 16 17 | 258.5 22736.3 23435.4
      MontezumaRevenge | all | -
      MsPacman | 0 2 3 4 5 6 7 8 9 | 307.3 6951.6 3402.4
      NameThisGame | 0 1 3 4 11 12 | 2292.3 8049.0 7278.6
      Phoenix | 0 1 3 4 5 11 12 13 | 761.4 7242.6 4996.6
      Pitfall | all | -
      Pong | 0 1 3 4 11 12 | -20.7 14.6 16.6
      Pooyan | 0 1 2 5 10 13 | 371.2 0.0 3212.0
      PrivateEye | all | -
      Qbert | 0 1 2 3 4 5 | 163.9 13455.0 10117.5
      Riverraid | all | 1338.5 17118.0 11638.9
      RoadRunner | all | -
      Robotank | all | 2.2 11.9 59.8
      Seaquest | all | 68.4 42054.7 1600.7
      Skiing | 0 3 4 | -
      Solaris | all | -
      SpaceInvaders | 0 1 3 4 11 12 | 148.0 1668.7 1794.2
      StarGunner | all | 664.0 10250.0 42165.2
      Tennis | all | -
      TimePilot | 0 1 2 3 4 5 10 11 12 13 | 3568.0 5229.2 3654.4
      Tutankham | 0 2 3 4 5 10 11 12 | -
      UpNDown | 0 1 2 5 10 13 | 533.4 11693.2 8488.3
      Venture | all | -
      VideoPinball | 0 1 2 3 4 5 10 11 12 | 16256.9 17667.9 63406.1
      WizardOfWor | 0 1 2 3 4 5 10 11 12 13 | 563.5 4756.5 2065.8
      YarsRevenge | all | 3092.9 54576.9 23909.4
      Zaxxon | all | 32.5 9173.3 4538.6
      """;

  private static final List<Game> ALL = parse(TABLE);

  private static final Map<String, Game> BY_NAME =
      ALL.stream().collect(Collectors.toUnmodifiableMap(Game::name, Function.identity()));

  private Games() {}

  /** All 60 games by ascending id. */
  public static List<Game> all() {
    return ALL;
  }

  /**
   * The game of that name.
   *
   * @throws UsageException if there is none; the message suggests the nearest name
   */
  public static Game byName(String name) {
    Game game = BY_NAME.get(name);
    if (game == null) {
      List<String> names = ALL.stream().map(Game::name).toList();
      throw new UsageException(
          "Unknown game '%s'%s".formatted(name, Suggestion.didYouMean(name, names)));
    }
    return game;
  }

  /**
   * The game of that id.
   *
   * @throws IllegalArgumentException if the id is not 0 to 59
   */
  public static Game byId(int id) {
    if (id < 0 || id >= COUNT) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "Game id %d is not 0 to %d", id, COUNT - 1));
    }
    return ALL.get(id);
  }

  private static List<Game> parse(String table) {
    List<Game> games = new ArrayList<>();
    for (String line : table.strip().split("\n")) {
      String[] cells = line.split(" \\| ");
      games.add(new Game(games.size(), cells[0], actions(cells[1]), scores(cells[2])));
    }
    return List.copyOf(games);
  }

  private static List<Integer> actions(String cell) {
    return cell.equals("all")
        ? IntStream.range(0, FULL_ACTIONS).boxed().toList()
        : Arrays.stream(cell.split(" ")).map(Integer::valueOf).toList();
  }

  private static Optional<ReferenceScores> scores(String cell) {
    if (cell.equals("-")) {
      return Optional.empty();
    }
    double[] values = Arrays.stream(cell.split(" ")).mapToDouble(Double::parseDouble).toArray();
    return Optional.of(new ReferenceScores(values[0], values[1], values[2]));
  }
}
