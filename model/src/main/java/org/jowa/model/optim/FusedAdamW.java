package org.jowa.model.optim;

import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

/** Calls torch's fused AdamW kernel, which has no binding, through the dispatcher. */
final class FusedAdamW {
  private FusedAdamW() {}

  /**
   * Updates weights and moments in one pass.
   *
   * @param weights fp32 [n]
   * @param gradients fp32 [n]; divided by {@code gradientScale} in place
   * @param first moment, fp32 [n]
   * @param second moment, fp32 [n]
   * @param step fp32 scalar: number of this step, from 1
   * @param gradientScale fp32 scalar by which gradients are divided, or null
   */
  static void update(
      Tensor weights,
      Tensor gradients,
      Tensor first,
      Tensor second,
      Tensor step,
      GroupSettings settings,
      @Nullable Tensor gradientScale) {
    IValueVector stack = new IValueVector();
    stack.push_back(list(weights));
    stack.push_back(list(gradients));
    stack.push_back(list(first));
    stack.push_back(list(second));
    stack.push_back(list()); // largest second moments, of AMSGrad only
    stack.push_back(list(step));
    stack.push_back(new IValue(settings.learningRate()));
    stack.push_back(new IValue(AdamW.BETA1));
    stack.push_back(new IValue(AdamW.BETA2));
    stack.push_back(new IValue(settings.weightDecay()));
    stack.push_back(new IValue(AdamW.EPSILON));
    stack.push_back(new IValue(false)); // AMSGrad
    stack.push_back(new IValue(false)); // maximise
    stack.push_back(gradientScale == null ? new IValue() : new IValue(gradientScale));
    stack.push_back(new IValue()); // found infinity
    Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adamw_", "").callBoxed(stack);
  }

  private static IValue list(Tensor... tensors) {
    GenericList list = new GenericList(new TensorList(new TensorVector()).elementType());
    for (Tensor tensor : tensors) {
      list.push_back(new IValue(tensor));
    }
    return new IValue(list);
  }
}
