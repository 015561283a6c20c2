package org.jowa.model.torch;

import com.sun.jna.Callback;
import com.sun.jna.CallbackReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DispatchKeySet;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.KernelFunction;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.RegistrationHandleRAII;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DispatchKey;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Sees every operator of torch before it runs, those inside others and those of recorded backward
 * passes included, by a kernel of its own at torch's dispatch key for tests. An operator whose
 * tensors lie on different devices ends the process, and so does one that gets the value of a
 * {@code meta} tensor to the host in another way than as a copy of the whole tensor. Such copies
 * are counted and give zeros, of floating-point numbers ones; bytes that go the other way are
 * counted too. What torch can't run on {@code meta} without Python is replaced by something of the
 * same shapes.
 *
 * <p>It stays until the process ends, so it needs one of its own.
 */
final class OperatorWatch {
  private static final DispatchKey KEY = DispatchKey.TESTING_ONLY_GenericMode;

  /** Operators whose purpose is to bring values from one device to another. */
  private static final Set<String> TRANSFERS =
      Set.of("aten::copy_", "aten::to", "aten::_to_copy", "aten::_copy_from");

  private final List<Object> kept = new ArrayList<>();
  private final Set<String> names = new TreeSet<>();
  private long operators;
  private long reads;
  private long written;

  /** A boxed kernel as C++ calls it; all arguments are one machine word. */
  interface BoxedKernel extends Callback {
    void invoke(com.sun.jna.Pointer functor, com.sun.jna.Pointer operator, long keys, long stack);
  }

  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }

  /** Starts watching the operators of this thread. */
  static OperatorWatch start() {
    TorchRuntime.init();
    OperatorWatch watch = new OperatorWatch();
    BoxedKernel kernel = watch::invoke;
    // A kernel is four words; the second one is the boxed function's address.
    KernelFunction function = KernelFunction.makeFallthrough();
    long address = com.sun.jna.Pointer.nativeValue(CallbackReference.getFunctionPointer(kernel));
    new LongPointer(new Address(function.address())).capacity(4).put(1, address);
    RegistrationHandleRAII registration =
        Dispatcher.singleton().registerFallback(KEY.value, function, "operator watch");
    watch.kept.addAll(List.of(kernel, function, registration));
    torch.tls_set_dispatch_key_included(KEY, true);
    return watch;
  }

  /** Operators that ran on a device. */
  long operators() {
    return operators;
  }

  /** Different ones. */
  Set<String> names() {
    return names;
  }

  /** Copies from the device to the host since the last call. */
  long reads() {
    long count = reads;
    reads = 0;
    return count;
  }

  /** Bytes that went from the host to the device since the last call. */
  long bytesWritten() {
    long count = written;
    written = 0;
    return count;
  }

  private void invoke(
      com.sun.jna.Pointer functor, com.sun.jna.Pointer operator, long keys, long stackAddress) {
    String name = "?";
    try (PointerScope scope = new PointerScope()) {
      OperatorHandle handle =
          new OperatorHandle(new Address(com.sun.jna.Pointer.nativeValue(operator)));
      name = handle.operator_name().name().getString();
      IValueVector stack = new IValueVector(new Address(stackAddress));
      // Nothing but the arguments: no interpreter shares this stack.
      long count = stack.size();
      List<IValue> arguments = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        arguments.add(new IValue(stack.get(i)));
      }
      if (check(name, arguments)) {
        operators++;
        names.add(name);
      }
      countWritten(name, arguments);
      List<Tensor> results = substitute(name, arguments);
      if (results == null) {
        DispatchKeySet all = new DispatchKeySet(DispatchKeySet.Raw.RAW, keys);
        DispatchKeySet below = new DispatchKeySet(DispatchKeySet.FullAfter.FULL_AFTER, KEY);
        handle.redispatchBoxed(all.and(below), stack);
      } else {
        stack.resize(0);
        results.forEach(result -> stack.push_back(new IValue(result)));
      }
    } catch (Throwable e) {
      // C++ called this: an exception has nowhere to go.
      System.out.println("failed in " + name + ": " + e.toString().lines().findFirst().get());
      for (StackTraceElement frame : Thread.currentThread().getStackTrace()) {
        if (frame.getClassName().startsWith("org.jowa.model")) {
          System.out.println("  " + frame);
        }
      }
      System.out.flush();
      Runtime.getRuntime().halt(3);
    }
  }

  /** Whether the operator has to do with a device. */
  private static boolean check(String name, List<IValue> arguments) {
    int onDevice = 0;
    int onHost = 0;
    for (IValue argument : arguments) {
      for (Tensor tensor : tensors(argument)) {
        onDevice += tensor.defined() && tensor.is_meta() ? 1 : 0;
        // Numbers reach operators as tensors without dimensions, which torch takes from the host.
        onHost += tensor.defined() && !tensor.is_meta() && tensor.dim() > 0 ? 1 : 0;
      }
    }
    if (onDevice > 0 && onHost > 0 && !TRANSFERS.contains(name)) {
      throw new IllegalStateException(
          onDevice + " tensors lie on the device and " + onHost + " on the host");
    }
    return onDevice > 0;
  }

  /** Every way to a device ends in this operator. */
  private void countWritten(String name, List<IValue> arguments) {
    if (name.equals("aten::copy_")) {
      Tensor target = arguments.get(0).toTensor();
      Tensor source = arguments.get(1).toTensor();
      if (target.is_meta() && !source.is_meta() && source.dim() > 0) {
        written += Tensors.bytes(source);
      }
    }
  }

  private static List<Tensor> tensors(IValue value) {
    List<Tensor> tensors = new ArrayList<>();
    if (value.isTensor()) {
      tensors.add(value.toTensor());
    } else if (value.isTensorList()) {
      TensorVector list = value.toTensorVector();
      for (long i = 0; i < list.size(); i++) {
        tensors.add(list.get(i));
      }
    }
    return tensors;
  }

  /** What takes an operator's place; null to run it. */
  private List<Tensor> substitute(String name, List<IValue> arguments) {
    if (arguments.isEmpty() || !onMeta(arguments.get(0))) {
      return null;
    }
    return switch (name) {
      case "aten::to", "aten::_to_copy" -> toHost(arguments);
      case "aten::native_layer_norm" -> layerNorm(arguments);
      case "aten::native_layer_norm_backward" ->
          List.of(like(arguments, 1), like(arguments, 5), like(arguments, 6));
      case "aten::index_select" -> indexSelect(arguments);
      case "aten::nonzero" ->
          List.of(Device.META.empty(ScalarType.Long, 1, arguments.get(0).toTensor().dim()));
      case "aten::where" -> List.of(where(arguments));
      case "aten::logical_and", "aten::logical_or" ->
          List.of(arguments.get(0).toTensor().bitwise_and(arguments.get(1).toTensor()));
      case "aten::abs" -> List.of(arguments.get(0).toTensor().neg());
      case "aten::relu" -> List.of(arguments.get(0).toTensor().clamp_min(new Scalar(0.0)));
      case "aten::logsumexp" -> List.of(arguments.get(0).toTensor().sum(-1));
      case "aten::_fused_adamw_" -> List.of();
      case "aten::convolution", "aten::conv2d" -> List.of(convolution(arguments));
      case "aten::convolution_backward" ->
          List.of(like(arguments, 1), like(arguments, 2), like(arguments, 0).sum(0, 2, 3));
      case "aten::native_group_norm" -> groupNorm(arguments);
      case "aten::native_group_norm_backward" ->
          List.of(like(arguments, 1), like(arguments, 4), like(arguments, 4));
      default -> null;
    };
  }

  private static boolean onMeta(IValue value) {
    List<Tensor> tensors = tensors(value);
    return !tensors.isEmpty() && tensors.get(0).defined() && tensors.get(0).is_meta();
  }

  private static Tensor like(List<IValue> arguments, int index) {
    return torch.empty_like(arguments.get(index).toTensor());
  }

  private List<Tensor> toHost(List<IValue> arguments) {
    for (IValue argument : arguments) {
      if (argument.isDevice() && argument.toDevice().is_cpu()) {
        reads++;
        Tensor tensor = arguments.get(0).toTensor();
        ScalarType type = tensor.scalar_type().intern();
        Tensor values = Tensors.zeros(type, tensor.shape());
        return List.of(tensor.is_floating_point() ? values.fill_(new Scalar(1)) : values);
      }
    }
    return null;
  }

  private static List<Tensor> layerNorm(List<IValue> arguments) {
    Tensor input = arguments.get(0).toTensor();
    Tensor mean = input.narrow(-1, 0, 1).detach().toType(ScalarType.Float);
    return List.of(input.add(input), mean, mean.clone());
  }

  private static List<Tensor> groupNorm(List<IValue> arguments) {
    Tensor input = arguments.get(0).toTensor();
    long groups = arguments.get(6).toInt();
    Tensor mean = Device.META.empty(ScalarType.Float, input.size(0), groups);
    return List.of(input.add(input), mean, mean.clone());
  }

  /** Either choice may be a number. */
  private static Tensor where(List<IValue> arguments) {
    Tensor result = arguments.get(0).toTensor().toType(ScalarType.Float);
    for (IValue choice : arguments.subList(1, arguments.size())) {
      result = choice.isTensor() ? result.add(choice.toTensor()) : result;
    }
    return result;
  }

  private static List<Tensor> indexSelect(List<IValue> arguments) {
    Tensor input = arguments.get(0).toTensor();
    long dimension = arguments.get(1).toInt();
    long[] shape = input.shape();
    shape[(int) dimension] = arguments.get(2).toTensor().numel();
    Tensor selected = input.narrow(dimension, 0, 1).expand(shape).clone();
    if (arguments.size() > 3) {
      Tensor out = arguments.get(3).toTensor();
      return List.of(out.copy_(selected));
    }
    return List.of(selected);
  }

  /** Arguments: input, weight, bias, stride, padding. */
  private static Tensor convolution(List<IValue> arguments) {
    Tensor input = arguments.get(0).toTensor();
    Tensor weight = arguments.get(1).toTensor();
    long stride = arguments.get(3).toIntVector().get(0);
    long padding = arguments.get(4).toIntVector().get(0);
    long size = (input.size(2) + 2 * padding - weight.size(2)) / stride + 1;
    return Device.META.empty(
        input.scalar_type().intern(), input.size(0), weight.size(0), size, size);
  }
}
