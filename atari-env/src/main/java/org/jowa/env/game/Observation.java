package org.jowa.env.game;

/** A frame as agents see it: gray, a byte a pixel, row by row. */
public final class Observation {
  /** Rows and columns. */
  public static final int SIDE = 84;

  public static final int BYTES = SIDE * SIDE;

  private Observation() {}
}
