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
            dataset.episodes().heldOut(),
            options.segmentation(),
            demonstrations(dataset, options)));
  }

  private static Demonstrations demonstrations(Dataset dataset, SequenceOptions options) {
    return new Demonstrations(dataset.episodes().all(), options.demonstrations());
  }

  /** Every segment of a lane once an epoch. */
  private static final class Natural extends SegmentIndex {
    private final SampleOrder order;
    private final LaneSegments[] lanes;

    Natural(Dataset dataset, SequenceOptions options, long seed, int batch, int rank, int ranks) {
      this(dataset, perLane(dataset, options.segmentation()), options, seed, batch, rank, ranks);
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
            new LaneSegments(dataset.episodes().lane(lane), options.segmentation(), demonstrations);
      }
    }

    private static int[] perLane(Dataset dataset, Segmentation rule) {
      return rule.equals(Segmentation.TRAINING)
          ? dataset.segmentsPerLane()
          : Arrays.stream(perLaneAndGame(dataset, rule))
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
      this(
          dataset,
          perLaneAndGame(dataset, options.segmentation()),
          options,
          seed,
          batch,
          rank,
          ranks);
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
        List<StoredEpisode> episodes = dataset.episodes().lane(lane);
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

  private static int[][] perLaneAndGame(Dataset dataset, Segmentation rule) {
    List<Integer> ids = dataset.games().stream().map(name -> Games.byName(name).id()).toList();
    int[][] segments = new int[dataset.lanes()][ids.size()];
    for (StoredEpisode episode : dataset.episodes().all()) {
      if (!episode.isHeldOut()) {
        segments[episode.lane()][ids.indexOf(episode.game())] +=
            rule.count(episode.length()) * episode.copies();
      }
    }
    return segments;
  }
}
