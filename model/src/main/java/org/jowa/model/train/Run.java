package org.jowa.model.train;

import java.util.Map;
import java.util.Set;

/**
 * A kind of training in a run folder: where its files lie and what identifies it.
 *
 * @param checkpoints folder of its checkpoints
 * @param metrics its metrics file
 * @param events folder of its TensorBoard events
 * @param stages whose metrics it writes
 * @param identity settings that decide the result, by configuration key
 * @param mayChange keys of the identity that may differ when it is resumed from a step
 */
record Run(
    String checkpoints,
    String metrics,
    String events,
    Set<String> stages,
    Map<String, String> identity,
    MayChange mayChange) {

  static Run of(
      RunLayout layout, Trained trained, Map<String, String> identity, MayChange mayChange) {
    return new Run(
        layout.checkpoints(trained),
        layout.metrics(),
        layout.events(trained),
        trained.stages(),
        identity,
        mayChange);
  }

  /** Which settings may differ, as a function of the step and of the settings at that time. */
  @FunctionalInterface
  interface MayChange {
    Set<String> keys(long step, Map<String, String> settingsThen);
  }
}
