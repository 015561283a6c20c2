package org.jowa.model.torch;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Argument;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;

/**
 * oneDNN's linear layer in fp32 on a CPU. Torch has operators for it, which its compiler uses, and
 * no functions: they are called by name. Nothing is recorded for gradients.
 */
final class OneDnn {
  private static final String PACK = "mkldnn::_reorder_linear_weight";
  private static final String MULTIPLY = "mkldnn::_linear_pointwise";

  /** Among the arguments of {@link #MULTIPLY}: numbers for what follows the product. */
  private static final int NUMBERS = 4;

  /** For which a layout is chosen; others are as fast with it. */
  private static final long USUAL_ROWS = 512;

  private static final OneDnn OPERATORS = new OneDnn();

  private final OperatorHandle multiply;

  /** Nothing follows the product, so there are no numbers for it, and no way to compute it. */
  private final IValue nothing;

  private final IValue noNumbers;
  private final IValue none;

  private OneDnn() {
    TorchRuntime.init();
    try (StepScope scope = StepScope.inference()) {
      multiply = keep(operator(MULTIPLY));
      Argument numbers = multiply.schema().arguments().getPointer(NUMBERS);
      nothing = keep(new IValue("none"));
      noNumbers = keep(new IValue(new GenericList(numbers.type().get().containedType(0))));
      none = keep(new IValue());
    }
  }

  private static OperatorHandle operator(String name) {
    return Dispatcher.singleton().findSchemaOrThrow(name, /* overload= */ "");
  }

  /** For the life of the process. */
  private static <P extends Pointer> P keep(P pointer) {
    return pointer.retainReference();
  }

  /** A value that isn't given. */
  static IValue none() {
    return OPERATORS.none;
  }

  /**
   * Weights in a layout of oneDNN's own, in the caller's scope.
   *
   * @param weight fp32 [out, in], contiguous
   */
  static Tensor packed(Tensor weight) {
    try (IValue from = new IValue(weight);
        IValue rows = new IValue(USUAL_ROWS);
        IValueVector stack = new IValueVector(from, rows)) {
      operator(PACK).callBoxed(stack);
      return result(stack);
    }
  }

  /**
   * {@code x weight^T + bias}, [rows, out], contiguous, in the caller's scope.
   *
   * @param x [rows, in]
   * @param weight a tensor [out, in], packed or in any layout
   * @param bias a tensor [out], or {@link #none}
   */
  static Tensor linear(Tensor x, IValue weight, IValue bias) {
    OneDnn with = OPERATORS;
    try (IValue input = new IValue(x);
        IValueVector stack =
            new IValueVector(input, weight, bias, with.nothing, with.noNumbers, with.none)) {
      with.multiply.callBoxed(stack);
      return result(stack);
    }
  }

  /** A tensor of its own: what a value gives out is a part of it. */
  private static Tensor result(IValueVector stack) {
    try (IValue value = new IValue(stack.get(0))) {
      return value.toTensor().detach();
    }
  }
}
