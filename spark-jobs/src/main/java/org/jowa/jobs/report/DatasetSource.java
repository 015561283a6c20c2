package org.jowa.jobs.report;

import org.jowa.data.dataset.Manifest;

/** Finds the data set that a run was trained on. */
@FunctionalInterface
public interface DatasetSource {
  /**
   * Its table of contents.
   *
   * @throws org.jowa.error.InvalidInputException if it cannot be had; the message says why and is
   *     shown in the report
   */
  Manifest manifest();
}
