package org.jowa.model.checkpoint;

import java.io.IOException;
import java.io.OutputStream;

/** Writes what goes into one file of a checkpoint. */
@FunctionalInterface
public interface FileContent {
  /**
   * Writes the whole file.
   *
   * @param out stays open
   */
  void writeTo(OutputStream out) throws IOException;
}
