package org.jowa.data.batch;

import java.util.Arrays;
import java.util.List;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.sample.MixedOrder;
import org.jowa.data.sample.Permutation;
import org.jowa.data.sample.SampleOrder;
import org.jowa.data.sample.Segmentation;
import org.jowa.env.game.Games;

/** Finds the segment of a sample: a group of episodes, and the place among the group's segments. */
abstract sealed class SegmentIndex {
  private final long segments;

  private SegmentIndex(long segments) {
    this.segments = segments;
  }

  /** Segments of all lanes and ranks. */
  final long segments() {
    return segments;
  }

  /** The episodes that hold sample {@code k}. */
  abstract LaneSegments group(long k);

  /** The segment of sample {@code k} in its group. */
  abstract int segment(long k);

  /** The lanes of a rank, in the order that the mix asks for. */
  static SegmentIndex train(
      Dataset dataset, SequenceOptions options, long seed, int globalBatch, int rank, int ranks) {
    if (options.mix().isNatural()) {
      return new Natural(dataset, options, seed, globalBatch, rank, ranks);
    }
    return new Mixed(dataset, options, seed, globalBatch, rank, ranks);
  }

  /** Held-out episodes, in one order for ever. */
  static SegmentIndex heldOut(Dataset dataset, SequenceOptions options) {
    return new HeldOutIndex(
        new LaneSegments(
            heldOutEpisodes(dataset, options),
            options.segmentation(),
            demonstrations(dataset, options)));
  }

  /** Those of the games that training batches have. */
  static List<StoredEpisode> heldOutEpisodes(Dataset dataset, SequenceOptions options) {
    return dataset.episodes().heldOut().stream()
        .filter(episode -> options.mix().includes(Games.byId(episode.game()).name()))
        .toList();
  }

  /** The episodes out of some that training segments are drawn from. */
  private static List<StoredEpisode> drawn(
      List<StoredEpisode> episodes, SequenceOptions options, Demonstrations demonstrations) {
    return options.demonstrationsOnly()
        ? episodes.stream().filter(demonstrations::contains).toList()
        : episodes;
  }

  private static Demonstrations demonstrations(Dataset dataset, SequenceOptions options) {
    return new Demonstrations(dataset.episodes().all(), options.demonstrations());
  }

  /** Every segment of a lane once an epoch. */
  private static final class Natural extends SegmentIndex {
    private final SampleOrder order;
    private final LaneSegments[] lanes;

    Natural(Dataset dataset, SequenceOptions options, long seed, int batch, int rank, int ranks) {
      this(dataset, perLane(dataset, options), options, seed, batch, rank, ranks);
    }

    private Natural(
        Dataset dataset,
        int[] perLane,
        SequenceOptions options,
        long seed,
        int batch,
        int rank,
        int ranks) {
      super(Arrays.stream(perLane).asLongStream().sum());
      order = SampleOrder.of(seed, perLane);
      order.requireWorldSize(ranks, batch);
      lanes = new LaneSegments[perLane.length];
      Demonstrations demonstrations = demonstrations(dataset, options);
      for (int lane = rank; lane < lanes.length; lane += ranks) {
        lanes[lane] =
            new LaneSegments(
                drawn(dataset.episodes().lane(lane), options, demonstrations),
                options.segmentation(),
                demonstrations);
      }
    }

    private static int[] perLane(Dataset dataset, SequenceOptions options) {
      boolean counted = options.segmentation().equals(Segmentation.TRAINING);
      return counted && !options.demonstrationsOnly()
          ? dataset.segmentsPerLane()
          : Arrays.stream(perLaneAndGame(dataset, options))
              .mapToInt(games -> Arrays.stream(games).sum())
              .toArray();
    }

    @Override
    LaneSegments group(long k) {
      return lanes[order.lane(k)];
    }

    @Override
    int segment(long k) {
      return (int) order.segment(k);
    }
  }

  /** Each game of a lane in epochs of its own. */
  private static final class Mixed extends SegmentIndex {
    private final MixedOrder order;
    private final LaneSegments[][] lanes;

    Mixed(Dataset dataset, SequenceOptions options, long seed, int batch, int rank, int ranks) {
      this(dataset, perLaneAndGame(dataset, options), options, seed, batch, rank, ranks);
    }

    private Mixed(
        Dataset dataset,
        int[][] segments,
        SequenceOptions options,
        long seed,
        int batch,
        int rank,
        int ranks) {
      super(Arrays.stream(segments).flatMapToInt(Arrays::stream).asLongStream().sum());
      order = MixedOrder.of(seed, segments, dataset.games(), options.mix());
      order.requireWorldSize(ranks, batch);
      lanes = new LaneSegments[segments.length][];
      Demonstrations demonstrations = demonstrations(dataset, options);
      for (int lane = rank; lane < lanes.length; lane += ranks) {
        List<StoredEpisode> episodes =
            drawn(dataset.episodes().lane(lane), options, demonstrations);
        lanes[lane] =
            dataset.games().stream()
                .map(name -> Games.byName(name).id())
                .map(id -> episodes.stream().filter(e -> e.game() == id).toList())
                .map(ofGame -> new LaneSegments(ofGame, options.segmentation(), demonstrations))
                .toArray(LaneSegments[]::new);
      }
    }

    @Override
    LaneSegments group(long k) {
      return lanes[order.lane(k)][order.game(k)];
    }

    @Override
    int segment(long k) {
      return (int) order.segment(k);
    }
  }

  private static final class HeldOutIndex extends SegmentIndex {
    /** One order for ever, whatever the run's seed. */
    private static final long KEY = 0;

    private final LaneSegments episodes;

    HeldOutIndex(LaneSegments episodes) {
      super(episodes.segments());
      this.episodes = episodes;
    }

    @Override
    LaneSegments group(long k) {
      return episodes;
    }

    @Override
    int segment(long k) {
      return (int) Permutation.apply(KEY, segments(), k % segments());
    }
  }

  private static int[][] perLaneAndGame(Dataset dataset, SequenceOptions options) {
    List<Integer> ids = dataset.games().stream().map(name -> Games.byName(name).id()).toList();
    int[][] segments = new int[dataset.lanes()][ids.size()];
    Demonstrations demonstrations = demonstrations(dataset, options);
    for (StoredEpisode episode : drawn(dataset.episodes().all(), options, demonstrations)) {
      if (!episode.isHeldOut()) {
        segments[episode.lane()][ids.indexOf(episode.game())] +=
            options.segmentation().count(episode.length()) * episode.copies();
      }
    }
    return segments;
  }
}
