package org.jowa.data.batch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jowa.env.game.Observation;

/**
 * One rank's share of a global batch of frames. The buffers belong to the loader, which fills them
 * again: they are valid until the loader's next batch.
 */
@SuppressWarnings("MutablePublicArray")
public final class FrameBatch {
  /** Rows and columns of a frame. */
  public static final int FRAME_EDGE = Observation.SIDE;

  /** Bytes of a frame. */
  public static final int FRAME_BYTES = Observation.BYTES;

  /** Frames in this share, {@code B}. */
  public final int size;

  /** {@code [B, 84, 84]} uint8: a direct buffer in native order; read it by absolute index. */
  public final ByteBuffer frames;

  /** {@code [B]}: game ids. */
  public final int[] games;

  /** {@code [B]}: each frame's place in the run's global order of frames. */
  public final long[] sampleIndex;

  /** A batch of black frames, in memory that a tensor can share. */
  public FrameBatch(int size) {
    this.size = size;
    this.frames =
        ByteBuffer.allocateDirect(Math.multiplyExact(size, FRAME_BYTES))
            .order(ByteOrder.nativeOrder());
    this.games = new int[size];
    this.sampleIndex = new long[size];
  }
}
