package org.jowa.model.collective;

import java.util.Optional;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.cuda.nccl.ncclUniqueId;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.model.torch.TorchRuntime;
import org.jspecify.annotations.Nullable;

/**
 * NCCL and the CUDA runtime of this machine, bound by JavaCPP. The application brings the binding
 * only: libnccl, libcudart and the driver are the machine's.
 *
 * <p>Proven without a GPU: that every call reaches its library with its arguments. Not proven: what
 * the libraries then do.
 */
final class NcclNatives implements NcclLibrary {
  /** Gives a native address to a binding that wants an object. */
  private static final class Address extends Pointer {
    Address(long value) {
      address = value;
    }
  }

  private NcclNatives() {}

  /**
   * Binds the libraries.
   *
   * @throws InvalidInputException in one line, if one of them isn't there
   */
  static NcclLibrary load() {
    TorchRuntime.init();
    try {
      Loader.load(cudart.class);
      Loader.load(nccl.class);
    } catch (LinkageError e) {
      throw new InvalidInputException(
          "NCCL can't be used on this machine: %s; install NCCL 2, the CUDA 12 runtime and the NVIDIA driver, name their folders in LD_LIBRARY_PATH, or train on the CPU"
              .formatted(Reason.behind(e)),
          e);
    }
    return new NcclNatives();
  }

  @Override
  public void useDevice(int device) {
    cuda("cudaSetDevice", cudart.cudaSetDevice(device));
  }

  @Override
  public byte[] newUniqueId() {
    try (ncclUniqueId id = new ncclUniqueId()) {
      nccl("ncclGetUniqueId", nccl.ncclGetUniqueId(id));
      byte[] bytes = new byte[nccl.NCCL_UNIQUE_ID_BYTES];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = id.internal(i);
      }
      return bytes;
    }
  }

  @Override
  public long init(int worldSize, byte[] uniqueId, int rank) {
    try (ncclUniqueId id = new ncclUniqueId()) {
      for (int i = 0; i < uniqueId.length; i++) {
        id.internal(i, uniqueId[i]);
      }
      ncclComm comm = new ncclComm();
      nccl("ncclCommInitRank", nccl.ncclCommInitRank(comm, worldSize, id, rank));
      return comm.address();
    }
  }

  @Override
  public void allReduce(
      long memory, long count, Type type, Reduction reduction, long comm, long stream) {
    Pointer inPlace = new Address(memory);
    int operation = reduction == Reduction.SUM ? nccl.ncclSum : nccl.ncclAvg;
    nccl(
        "ncclAllReduce",
        nccl.ncclAllReduce(
            inPlace, inPlace, count, code(type), operation, comm(comm), stream(stream)));
  }

  @Override
  public void broadcast(long memory, long count, Type type, int root, long comm, long stream) {
    Pointer inPlace = new Address(memory);
    nccl(
        "ncclBroadcast",
        nccl.ncclBroadcast(inPlace, inPlace, count, code(type), root, comm(comm), stream(stream)));
  }

  @Override
  public Optional<String> asyncError(long comm) {
    int[] error = new int[1];
    nccl("ncclCommGetAsyncError", nccl.ncclCommGetAsyncError(comm(comm), error));
    return error[0] == nccl.ncclSuccess || error[0] == nccl.ncclInProgress
        ? Optional.empty()
        : Optional.of(nccl.ncclGetErrorString(error[0]).getString());
  }

  @Override
  public void abort(long comm) {
    nccl("ncclCommAbort", nccl.ncclCommAbort(comm(comm)));
  }

  @Override
  public void destroy(long comm) {
    nccl("ncclCommDestroy", nccl.ncclCommDestroy(comm(comm)));
  }

  @Override
  public long newStream() {
    CUstream_st stream = new CUstream_st();
    cuda(
        "cudaStreamCreateWithFlags",
        cudart.cudaStreamCreateWithFlags(stream, cudart.cudaStreamNonBlocking));
    return stream.address();
  }

  @Override
  public void freeStream(long stream) {
    cuda("cudaStreamDestroy", cudart.cudaStreamDestroy(stream(stream)));
  }

  @Override
  public long computeStream() {
    // Nothing here changes torch's current stream, so it is the default stream: the null handle.
    return 0;
  }

  @Override
  public long newEvent() {
    CUevent_st event = new CUevent_st();
    cuda(
        "cudaEventCreateWithFlags",
        cudart.cudaEventCreateWithFlags(event, cudart.cudaEventDisableTiming));
    return event.address();
  }

  @Override
  public void freeEvent(long event) {
    cuda("cudaEventDestroy", cudart.cudaEventDestroy(event(event)));
  }

  @Override
  public void record(long event, long stream) {
    cuda("cudaEventRecord", cudart.cudaEventRecord(event(event), stream(stream)));
  }

  @Override
  public void await(long stream, long event) {
    cuda("cudaStreamWaitEvent", cudart.cudaStreamWaitEvent(stream(stream), event(event), 0));
  }

  @Override
  public boolean isOver(long event) {
    int result = cudart.cudaEventQuery(event(event));
    if (result == cudart.cudaErrorNotReady) {
      return false;
    }
    cuda("cudaEventQuery", result);
    return true;
  }

  private static ncclComm comm(long address) {
    return new ncclComm(new Address(address));
  }

  private static @Nullable CUstream_st stream(long address) {
    return address == 0 ? null : new CUstream_st(new Address(address));
  }

  private static CUevent_st event(long address) {
    return new CUevent_st(new Address(address));
  }

  private static int code(Type type) {
    return switch (type) {
      case FLOAT32 -> nccl.ncclFloat32;
      case BFLOAT16 -> nccl.ncclBfloat16;
    };
  }

  private static void nccl(String call, int result) {
    if (result != nccl.ncclSuccess) {
      throw new NcclException(
          call + " failed: " + nccl.ncclGetErrorString(result).getString(),
          result == nccl.ncclUnhandledCudaError);
    }
  }

  private static void cuda(String call, int result) {
    if (result != cudart.cudaSuccess) {
      throw new NcclException(
          call + " failed: " + cudart.cudaGetErrorString(result).getString(), true);
    }
  }
}
