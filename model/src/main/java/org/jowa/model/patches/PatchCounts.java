package org.jowa.model.patches;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * How often each patch of 14 x 14 pixels occurs in a game's frames. Counts of parts add up to those
 * of the whole, in whatever order.
 */
public final class PatchCounts {
  private final Map<Patch, Integer> counts = new HashMap<>();
  private long frames;

  /** A patch and how often it occurs. */
  record Entry(Patch patch, int count) {}

  /**
   * Counts a frame's 36 patches.
   *
   * @param frame 84 x 84 gray values
   */
  public void add(byte[] frame) {
    for (int place = 0; place < Patch.OF_FRAME; place++) {
      counts.merge(Patch.of(frame, place), 1, Integer::sum);
    }
    frames++;
  }

  /** Adds the counts of other frames of the game. */
  public void add(PatchCounts other) {
    other.counts.forEach((patch, count) -> counts.merge(patch, count, Integer::sum));
    frames += other.frames;
  }

  /** Frames that were counted. */
  public long frames() {
    return frames;
  }

  /** Different patches among them. */
  public int distinct() {
    return counts.size();
  }

  /** The most frequent patches, the first first; equally frequent ones by their pixels. */
  List<Entry> mostFrequent(int most) {
    return counts.entrySet().stream()
        .map(entry -> new Entry(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingInt(Entry::count).reversed().thenComparing(Entry::patch))
        .limit(most)
        .toList();
  }

  /** As a task's message, deflated. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Deflater fast = new Deflater(Deflater.BEST_SPEED);
    try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes, fast))) {
      out.writeLong(frames);
      out.writeInt(counts.size());
      for (Map.Entry<Patch, Integer> entry : counts.entrySet()) {
        out.write(entry.getKey().pixels());
        out.writeInt(entry.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      fast.end();
    }
    return bytes.toByteArray();
  }

  /** From {@link #toBytes}. */
  public static PatchCounts fromBytes(byte[] message) {
    PatchCounts counts = new PatchCounts();
    try (DataInputStream in =
        new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(message)))) {
      counts.frames = in.readLong();
      int distinct = in.readInt();
      for (int i = 0; i < distinct; i++) {
        byte[] pixels = new byte[Patch.PIXELS];
        in.readFully(pixels);
        counts.counts.put(new Patch(pixels), in.readInt());
      }
      return counts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
