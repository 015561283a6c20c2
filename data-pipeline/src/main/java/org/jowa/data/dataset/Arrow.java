package org.jowa.data.dataset;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Arrow's memory: child allocators named after their use, so that a leak names its owner. */
final class Arrow {
  private static final BufferAllocator ROOT = new RootAllocator();

  private Arrow() {}

  static BufferAllocator allocator(String use) {
    return ROOT.newChildAllocator(use, 0, Long.MAX_VALUE);
  }
}
