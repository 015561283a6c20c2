package org.jowa.jobs.report;

import java.util.List;

/** Gives frames beside what the tokenizer makes of them. */
@FunctionalInterface
public interface ReconstructionSource {
  /**
   * A few frames of each game, grouped by game, the same at every call.
   *
   * @throws org.jowa.error.InvalidInputException if there are none; its message says why and what
   *     to do, and is shown in the report
   */
  List<Reconstruction> reconstructions();
}
