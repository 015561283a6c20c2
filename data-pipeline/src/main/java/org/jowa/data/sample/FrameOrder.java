package org.jowa.data.sample;

import org.jowa.error.UsageException;

/**
 * The order of the tokenizer's frames: lanes as in {@link SampleOrder}, but each stored frame of a
 * lane comes once an epoch and padding never.
 *
 * <p>Frames are compressed in record batches, so a uniform order would inflate a whole batch for
 * each frame. Instead a lane is cut into chunks of {@value #CHUNK} consecutive frames; an epoch
 * permutes the chunks, takes them in windows of {@link #chunksPerWindow()} and permutes the frames
 * within a window. A reader needs one window a lane in memory. The windows of all lanes together
 * hold at least {@value #CHUNKS_IN_FLIGHT} chunks, so a batch mixes that many places of the logs.
 */
public final class FrameOrder {
  /** Consecutive frames that stay together in a window. */
  public static final int CHUNK = 64;

  private static final int CHUNKS_IN_FLIGHT = 256;
  private static final int FEWEST_CHUNKS_PER_WINDOW = 8;
  private static final long CHUNK_SITE = 1;
  private static final long FRAME_SITE = 2;

  private final long seed;
  private final int[] framesPerLane;
  private final int chunksPerWindow;

  private FrameOrder(long seed, int[] framesPerLane) {
    this.seed = seed;
    this.framesPerLane = framesPerLane;
    this.chunksPerWindow =
        Math.max(FEWEST_CHUNKS_PER_WINDOW, CHUNKS_IN_FLIGHT / framesPerLane.length);
  }

  /**
   * @param framesPerLane stored frames of each lane, every one at least 1
   * @throws UsageException when there is no lane or one is empty
   */
  public static FrameOrder of(long seed, int[] framesPerLane) {
    Lanes.requireFilled(framesPerLane, "frames");
    return new FrameOrder(seed, framesPerLane.clone());
  }

  /** Number of lanes, {@code L}. */
  public int lanes() {
    return framesPerLane.length;
  }

  /** Chunks whose frames are mixed with each other. */
  public int chunksPerWindow() {
    return chunksPerWindow;
  }

  /** The lane of sample {@code k}. */
  public int lane(long k) {
    return (int) (k % framesPerLane.length);
  }

  /** The place of sample {@code k} in its lane's order. */
  public long place(long k) {
    return k / framesPerLane.length;
  }

  /** The frame, within its lane, of sample {@code k}. */
  public long frame(long k) {
    int lane = lane(k);
    long window = window(lane, place(k));
    int slot = slot(lane, place(k));
    return windowChunkStart(lane, window, slot / CHUNK) + slot % CHUNK;
  }

  /** The window that a place of a lane's order lies in, counted through all epochs. */
  public long window(int lane, long place) {
    long frames = framesPerLane[lane];
    return place / frames * windowsPerEpoch(lane) + place % frames / windowFrames();
  }

  /** Frames in a window: the last one of an epoch may be smaller. */
  public int windowSize(int lane, long window) {
    long first = window % windowsPerEpoch(lane) * windowFrames();
    return (int) Math.min(windowFrames(), framesPerLane[lane] - first);
  }

  /** Where, in its window's frames chunk after chunk, the frame of a place stands. */
  public int slot(int lane, long place) {
    long window = window(lane, place);
    int size = windowSize(lane, window);
    long offset = place % framesPerLane[lane] % windowFrames();
    return (int) Permutation.apply(key(lane, window, FRAME_SITE), size, offset);
  }

  /** The first frame, within the lane, of a window's chunk. */
  public long windowChunkStart(int lane, long window, int chunk) {
    long epoch = window / windowsPerEpoch(lane);
    long position = window % windowsPerEpoch(lane) * chunksPerWindow + chunk;
    long wholeChunks = framesPerLane[lane] / CHUNK;
    // What is left after the last whole chunk comes last in each epoch.
    long index =
        position < wholeChunks
            ? Permutation.apply(key(lane, epoch, CHUNK_SITE), wholeChunks, position)
            : wholeChunks;
    return index * CHUNK;
  }

  /**
   * @throws UsageException when the world size doesn't divide the lanes and the global batch
   */
  public void requireWorldSize(int worldSize, int globalBatch) {
    Lanes.requireWorldSize(lanes(), worldSize, globalBatch);
  }

  private long windowsPerEpoch(int lane) {
    return (framesPerLane[lane] + windowFrames() - 1) / windowFrames();
  }

  private long windowFrames() {
    return (long) chunksPerWindow * CHUNK;
  }

  private long key(int lane, long part, long site) {
    return KeyedHash.derive(KeyedHash.derive(KeyedHash.derive(seed, lane), part), site);
  }
}
