package org.jowa.model.diagnosis;

import static org.jowa.env.game.Observation.SIDE;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds small moving things in frames, a ball for instance, and tells whether a reconstruction
 * still has them. A thing is a connected set of pixels, diagonal neighbours included, that differ
 * from the game's median frame; it is small if it has fewer than {@value #TOO_LARGE} pixels. The
 * mean error hardly knows of them: Pong's ball is 0.0005 of it.
 */
public final class SmallObjects {
  /** Pixels of a thing that isn't small any more. */
  public static final int TOO_LARGE = 20;

  /** Gray values that a pixel has to differ by to count as moving. */
  public static final int CONTRAST = 24;

  /** Pixels between the centres of a thing and of the one that it is found again as, at most. */
  public static final double REACH = 2;

  private final Foreground foreground;

  /**
   * @param median the game's median frame, 84 x 84 gray values
   */
  public SmallObjects(byte[] median) {
    this.foreground = new Foreground(median);
  }

  /**
   * A small moving thing.
   *
   * @param row of its centre, each pixel weighted by how much it differs
   * @param column likewise
   * @param pixels that belong to it
   */
  public record Thing(double row, double column, int pixels) {
    private double distance(Thing other) {
      return Math.hypot(row - other.row, column - other.column);
    }
  }

  /**
   * Counts over any number of frames.
   *
   * @param things small ones in the originals
   * @param found of them in the reconstructions, each at most once
   * @param spurious small ones in the reconstructions that no original has
   */
  public record Counts(long things, long found, long spurious) {
    /** Nothing seen yet. */
    public static final Counts NONE = new Counts(0, 0, 0);

    /** Counts of both. */
    public Counts plus(Counts other) {
      return new Counts(things + other.things, found + other.found, spurious + other.spurious);
    }

    /** Share of the things that were found again, 0 to 1; NaN if there was none. */
    public double recall() {
      return (double) found / things;
    }
  }

  /** Small moving things of a frame, 84 x 84 gray values, in the order of their first pixels. */
  public List<Thing> in(byte[] frame) {
    return Foreground.connected(foreground.pixels(frame, CONTRAST)).stream()
        .filter(pixels -> pixels.length < TOO_LARGE)
        .map(pixels -> thing(frame, pixels))
        .toList();
  }

  /**
   * Looks for an original's small things in its reconstruction, nearest pairs first.
   *
   * @param original 84 x 84 gray values
   * @param reconstruction likewise
   */
  public Counts compare(byte[] original, byte[] reconstruction) {
    List<Thing> wanted = in(original);
    List<Thing> there = in(reconstruction);
    record Pair(int wanted, int there, double distance) {}
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      for (int j = 0; j < there.size(); j++) {
        double distance = wanted.get(i).distance(there.get(j));
        if (distance <= REACH) {
          pairs.add(new Pair(i, j, distance));
        }
      }
    }
    pairs.sort(Comparator.comparingDouble(Pair::distance));
    boolean[] found = new boolean[wanted.size()];
    boolean[] taken = new boolean[there.size()];
    int matches = 0;
    for (Pair pair : pairs) {
      if (!found[pair.wanted()] && !taken[pair.there()]) {
        found[pair.wanted()] = true;
        taken[pair.there()] = true;
        matches++;
      }
    }
    return new Counts(wanted.size(), matches, there.size() - matches);
  }

  private Thing thing(byte[] frame, int[] pixels) {
    double weight = 0;
    double rows = 0;
    double columns = 0;
    for (int pixel : pixels) {
      int difference = foreground.difference(frame, pixel);
      weight += difference;
      rows += (double) difference * (pixel / SIDE);
      columns += (double) difference * (pixel % SIDE);
    }
    return new Thing(rows / weight, columns / weight, pixels.length);
  }
}
