package org.jowa.model.settings;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a world-action model learns, one after the other. */
public enum WorldStage {
  /** What the players do at a frame, in models that ask for it. */
  BEHAVIOUR,
  /** The world losses without the transformer blocks, in models with a neighbourhood network. */
  NEIGHBOURHOOD,
  /** The world losses. */
  STAGE1,
  /** All losses. */
  STAGE2;

  /** Its name in metrics and checkpoints. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The stage of a name in a checkpoint, which is one of {@link #names}. */
  public static WorldStage of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  public static Set<String> names() {
    return Stream.of(values()).map(WorldStage::toString).collect(Collectors.toUnmodifiableSet());
  }
}
