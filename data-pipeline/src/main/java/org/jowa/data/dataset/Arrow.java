package org.jowa.data.dataset;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Arrow's memory: child allocators named after their use, so that a leak names its owner. */
public final class Arrow {
  private static final BufferAllocator ROOT = new RootAllocator();

  private Arrow() {}

  /**
   * @param mostBytes more are refused, whatever a damaged file asks for
   */
  public static BufferAllocator allocator(String use, long mostBytes) {
    return ROOT.newChildAllocator(use, 0, mostBytes);
  }

  public static BufferAllocator allocator(String use) {
    return ROOT.newChildAllocator(use, 0, Long.MAX_VALUE);
  }
}
