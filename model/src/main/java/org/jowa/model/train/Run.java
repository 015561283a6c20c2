package org.jowa.model.train;

import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/**
 * What a run is made of, beside the model: where it lies and what identifies it.
 *
 * @param checkpoints folder of its checkpoints
 * @param metrics its metrics file
 * @param hadoop configuration of the file systems
 * @param stages whose metrics it writes
 * @param identity settings that decide the result, by configuration key
 * @param mayChange keys of the identity that may differ when it is resumed from a step
 * @param inputs hashes of what it is trained on
 */
record Run(
    String checkpoints,
    String metrics,
    Configuration hadoop,
    Set<String> stages,
    Map<String, String> identity,
    MayChange mayChange,
    Map<String, String> inputs) {

  /** Which settings may differ, as a function of the step and of the settings at that time. */
  @FunctionalInterface
  interface MayChange {
    Set<String> keys(long step, Map<String, String> settingsThen);
  }
}
