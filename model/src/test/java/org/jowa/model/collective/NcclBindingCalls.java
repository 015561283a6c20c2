package org.jowa.model.collective;

import org.jowa.model.collective.NcclLibrary.NcclException;
import org.jowa.model.collective.NcclLibrary.Reduction;
import org.jowa.model.collective.NcclLibrary.Type;

/** Makes every call of {@link NcclNatives} once, in a process of its own. */
final class NcclBindingCalls {
  /** More than 32 bits hold. */
  private static final long MANY = 5_000_000_000L;

  private NcclBindingCalls() {}

  public static void main(String[] args) {
    try {
      calls(NcclNatives.load());
      System.out.println("done");
    } catch (NcclException e) {
      System.out.println(e.getMessage() + "; of CUDA: " + e.ofCuda());
    }
  }

  private static void calls(NcclLibrary library) {
    library.useDevice(3);
    long comm = library.init(2, library.newUniqueId(), 1);
    long stream = library.newStream();
    long event = library.newEvent();
    library.record(event, library.computeStream());
    library.await(stream, event);
    library.allReduce(0x1000, MANY, Type.FLOAT32, Reduction.SUM, comm, stream);
    library.allReduce(0x2000, 10, Type.BFLOAT16, Reduction.MEAN, comm, stream);
    library.broadcast(0x3000, 11, Type.FLOAT32, 1, comm, stream);
    System.out.println("over: " + library.isOver(event) + ", then " + library.isOver(event));
    System.out.println(
        "async: "
            + library.asyncError(comm).orElse("none")
            + ", then "
            + library.asyncError(comm).orElse("none"));
    library.freeEvent(event);
    library.destroy(comm);
    library.abort(comm);
    library.freeStream(stream);
  }
}
