package org.jowa.model.plan;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/** Native objects that outlive the pointer scope they were made in, freed together. */
final class KeptPointers implements AutoCloseable {
  private final List<Pointer> pointers = new ArrayList<>();

  /** Keeps an object until this is closed; the same object is returned. */
  <P extends Pointer> P keep(P pointer) {
    pointers.add(pointer.retainReference());
    return pointer;
  }

  @Override
  public void close() {
    pointers.forEach(Pointer::releaseReference);
    pointers.clear();
  }
}
