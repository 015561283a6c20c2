package org.jowa.model.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * Passes tensors between DJL and JavaCPP without copying. Both sides are handles of the same
 * libtorch objects, and gradients flow through in both directions.
 *
 * <p>Source: design.md section 3, "One libtorch for DJL and JavaCPP".
 */
public final class NDArrays {
  private NDArrays() {}

  /**
   * Views a DJL array as a tensor. The array stays the owner: don't use the tensor after the array
   * was closed.
   */
  public static Tensor borrow(NDArray array) {
    TorchRuntime.init();
    return new Tensor(new Address(((PtNDArray) array).getHandle()));
  }

  /**
   * Gives a tensor to a DJL manager, which frees it. The Java object passed in is empty afterwards;
   * other references to the same storage stay valid. bfloat16 tensors must not come here: DJL's
   * type code aborts the process.
   */
  public static NDArray adopt(Tensor tensor, NDManager manager) {
    long handle = tensor.address();
    // All three: without them JavaCPP or its scope would free what DJL owns from now on.
    tensor.retainReference();
    tensor.deallocate(false);
    tensor.setNull();
    return new PtNDArray((PtNDManager) manager, handle);
  }

  /** Views a tensor as a DJL array that has a handle of its own on the same storage. */
  public static NDArray share(Tensor tensor, NDManager manager) {
    return adopt(new Tensor(tensor), manager);
  }

  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
