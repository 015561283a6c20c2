package org.jowa.jobs.report;

/**
 * A part that a run folder does not have.
 *
 * @param what is missing, a whole sentence
 * @param command that makes it; empty if no single one does
 */
record Missing(String what, String command) {
  static final String TRAIN_TOKENIZER =
      "bin/jowa train-tokenizer --data DATASET --run RUN --preset PRESET";
  static final String PRETRAIN = "bin/jowa pretrain --data DATASET --run RUN --preset PRESET";
  static final String DIAGNOSE = "bin/jowa diagnose RUN";
  static final String EVALUATE =
      "bin/jowa evaluate --run RUN --games GAMES --planner beam --protocol jowa --episodes 16";
}
