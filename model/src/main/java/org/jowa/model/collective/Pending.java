package org.jowa.model.collective;

/** An operation that was started and may still be under way. */
public interface Pending {
  /**
   * Waits until the operation is over, its tensor holds the result and may be used again. A second
   * call returns or throws the same.
   *
   * @throws CollectiveException if the operation failed
   */
  void finish();
}
