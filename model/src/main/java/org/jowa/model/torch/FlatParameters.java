package org.jowa.model.torch;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;

/**
 * Named weights in one flat fp32 buffer, with one flat gradient buffer beside it.
 *
 * <p>Each parameter is a leaf tensor that views the weights; its gradient views the gradients. So
 * an optimizer, an all-reduce or a norm over all parameters is one operator on one contiguous
 * tensor, and nothing is copied. Parameters keep the order in which they were declared; in memory
 * they are ordered by group first ({@link #range}), each starting at a multiple of {@value
 * #ALIGNMENT} elements unless it was declared adjacent, the gaps being zero for ever.
 *
 * <p>Gradients accumulate: call {@link #zeroGradients} before each step's backward passes. Don't
 * set or clear a parameter's {@code grad} in another way, since that would part it from the buffer.
 */
public final class FlatParameters implements AutoCloseable {
  /** Elements to which each parameter is aligned: a cache line. */
  static final int ALIGNMENT = 16;

  private final Map<String, Slot> slots;
  private final Map<ParameterGroup, Range> ranges;
  private final Tensor weights;
  private final Tensor gradients;
  private long changes;

  private FlatParameters(Map<String, Declaration> declarations, Device device) {
    slots = new LinkedHashMap<>();
    ranges = new EnumMap<>(ParameterGroup.class);
    Map<String, Long> offsets = new LinkedHashMap<>();
    long end = 0;
    long trainableEnd = 0;
    for (ParameterGroup group : ParameterGroup.values()) {
      long start = aligned(end);
      end = start;
      for (Declaration declaration : declarations.values()) {
        if (declaration.group == group) {
          end = declaration.adjacent ? end : aligned(end);
          offsets.put(declaration.name, end);
          end += declaration.elements();
        }
      }
      end = aligned(end);
      ranges.put(group, new Range(start, end - start));
      if (group.isTrainable()) {
        trainableEnd = end;
      }
    }
    try (StepScope scope = StepScope.inference()) {
      weights = Tensors.keep(device.zeros(ScalarType.Float, end));
      gradients = Tensors.keep(device.zeros(ScalarType.Float, trainableEnd));
      for (Declaration declaration : declarations.values()) {
        long offset = requireNonNull(offsets.get(declaration.name));
        Tensor leaf = Tensors.keep(view(weights, offset, declaration).detach());
        if (declaration.group.isTrainable()) {
          leaf.set_requires_grad(true);
          leaf.mutable_grad().put(view(gradients, offset, declaration).detach());
        }
        slots.put(declaration.name, new Slot(declaration, offset, leaf));
      }
    }
  }

  /** Starts declaring parameters. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A parameter: a leaf of the declared shape that requires gradients, unless its group has none.
   * The same object at each call; don't close it.
   */
  public Tensor get(String name) {
    return slot(name).leaf;
  }

  /** All names in the order of declaration. */
  public List<String> names() {
    return List.copyOf(slots.keySet());
  }

  /** All parameters by name, in the order of declaration. */
  public Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    slots.forEach((name, slot) -> tensors.put(name, slot.leaf));
    return Collections.unmodifiableMap(tensors);
  }

  /** The declared shape of a parameter. */
  public long[] shape(String name) {
    return slot(name).declaration.shape.clone();
  }

  /** The group of a parameter. */
  public ParameterGroup group(String name) {
    return slot(name).declaration.group;
  }

  /** Where a parameter lies in the flat buffers, without the gap after it. */
  public Range range(String name) {
    Slot slot = slot(name);
    return new Range(slot.offset, slot.declaration.elements());
  }

  /** Where a group lies in the flat buffers, gaps included. */
  public Range range(ParameterGroup group) {
    return requireNonNull(ranges.get(group));
  }

  /**
   * Where the gradients of some trainable parameters lie, gaps behind them included, neighbours
   * joined: ranges of all parameters together cover the gradients.
   *
   * @param names which of them
   */
  public List<Range> ranges(Predicate<String> names) {
    List<Slot> inMemory =
        slots.values().stream()
            .filter(slot -> slot.declaration.group.isTrainable())
            .sorted(Comparator.comparingLong(Slot::offset))
            .toList();
    List<Range> found = new ArrayList<>();
    for (int i = 0; i < inMemory.size(); i++) {
      if (names.test(inMemory.get(i).declaration.name)) {
        long start = inMemory.get(i).offset;
        long end = i + 1 < inMemory.size() ? inMemory.get(i + 1).offset : gradients.numel();
        Range last = found.isEmpty() ? new Range(start, 0) : found.get(found.size() - 1);
        if (!found.isEmpty() && last.end() == start) {
          found.set(found.size() - 1, new Range(last.offset(), end - last.offset()));
        } else {
          found.add(new Range(start, end - start));
        }
      }
    }
    return found;
  }

  public boolean contains(String name) {
    return slots.containsKey(name);
  }

  /** Number of parameters' elements, gaps not counted, those without gradients included. */
  public long count() {
    return slots.values().stream().mapToLong(slot -> slot.declaration.elements()).sum();
  }

  /** All weights, fp32 [n], the groups in the order of {@link ParameterGroup}. */
  public Tensor weights() {
    return weights;
  }

  /** The gradients of the trainable groups, fp32 [m], m the start of the target group. */
  public Tensor gradients() {
    return gradients;
  }

  /** Larger after every change of the weights. */
  public long version() {
    return changes + weights._version();
  }

  /**
   * To be called after a change that torch doesn't count itself: by a fused kernel, or past torch's
   * operators.
   */
  public void changed() {
    changes++;
  }

  /** Sets all gradients to zero. */
  public void zeroGradients() {
    gradients.zero_();
  }

  /**
   * Copies weights in.
   *
   * @throws InvalidInputException naming the tensor, when shapes or types differ or when a name is
   *     missing or unknown and the strictness doesn't allow that; nothing is copied then
   */
  public void copyFrom(Safetensors file, Strictness strictness) {
    copyFrom(file.tensors(), strictness, file.source());
  }

  /**
   * Copies weights in.
   *
   * @param tensors fp32 by name
   * @param source what to call them in an error
   * @throws InvalidInputException as {@link #copyFrom(Safetensors, Strictness)}
   */
  public void copyFrom(Map<String, Tensor> tensors, Strictness strictness, String source) {
    check(tensors, strictness, source);
    try (StepScope scope = StepScope.inference()) {
      tensors.forEach(
          (name, tensor) -> {
            if (slots.containsKey(name)) {
              slots.get(name).leaf.copy_(tensor);
            }
          });
    }
  }

  @Override
  public void close() {
    slots.values().forEach(slot -> Tensors.release(slot.leaf));
    Tensors.release(gradients);
    Tensors.release(weights);
  }

  private void check(Map<String, Tensor> tensors, Strictness strictness, String source) {
    for (Map.Entry<String, Slot> entry : slots.entrySet()) {
      Tensor tensor = tensors.get(entry.getKey());
      long[] expected = entry.getValue().declaration.shape;
      if (tensor == null) {
        if (strictness != Strictness.PARTIAL) {
          throw new InvalidInputException(
              String.format(
                  "Cannot load weights from %s: tensor %s %s is missing; use a file of this model's"
                      + " configuration",
                  source, entry.getKey(), Arrays.toString(expected)));
        }
      } else if (!Arrays.equals(expected, tensor.shape())
          || tensor.scalar_type().intern() != ScalarType.Float) {
        throw new InvalidInputException(
            String.format(
                "Cannot load weights from %s: tensor %s is %s %s, expected Float %s; use a file of"
                    + " this model's configuration",
                source,
                entry.getKey(),
                tensor.scalar_type().intern(),
                Arrays.toString(tensor.shape()),
                Arrays.toString(expected)));
      }
    }
    if (strictness == Strictness.EXACT) {
      for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
        if (!slots.containsKey(entry.getKey())) {
          throw new InvalidInputException(
              String.format(
                  "Cannot load weights from %s: unknown tensor %s %s; use a file of this model's"
                      + " configuration",
                  source, entry.getKey(), Arrays.toString(entry.getValue().shape())));
        }
      }
    }
  }

  private Slot slot(String name) {
    Slot slot = slots.get(name);
    if (slot == null) {
      throw new IllegalArgumentException("No parameter is called " + name);
    }
    return slot;
  }

  private static Tensor view(Tensor flat, long offset, Declaration declaration) {
    return flat.narrow(0, offset, declaration.elements()).view(declaration.shape);
  }

  private static long aligned(long elements) {
    return (elements + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** How names that are on one side only are taken when weights are loaded. */
  public enum Strictness {
    /** Both sides have the same names. */
    EXACT,
    /** Names that the model doesn't know are ignored. */
    IGNORE_UNKNOWN,
    /** What the file has is loaded, the rest stays; unknown names are ignored. */
    PARTIAL
  }

  private record Slot(Declaration declaration, long offset, Tensor leaf) {}

  private static final class Declaration {
    final String name;
    final ParameterGroup group;
    final long[] shape;
    final boolean adjacent;

    Declaration(String name, ParameterGroup group, long[] shape, boolean adjacent) {
      this.name = name;
      this.group = group;
      this.shape = shape;
      this.adjacent = adjacent;
    }

    long elements() {
      long elements = 1;
      for (long size : shape) {
        elements = Math.multiplyExact(elements, size);
      }
      return elements;
    }
  }

  /** Collects declarations; see {@link FlatParameters#builder}. */
  public static final class Builder {
    private final Map<String, Declaration> declarations = new LinkedHashMap<>();

    private Builder() {}

    /** Declares a parameter; it is zero until it is initialised or loaded. */
    public Builder add(String name, ParameterGroup group, long... shape) {
      return add(new Declaration(name, group, shape.clone(), false));
    }

    /**
     * Declares a parameter that starts right behind the previous one of its group, without a gap,
     * so that one view can serve both.
     */
    public Builder addAdjacent(String name, ParameterGroup group, long... shape) {
      return add(new Declaration(name, group, shape.clone(), true));
    }

    private Builder add(Declaration declaration) {
      if (declarations.putIfAbsent(declaration.name, declaration) != null) {
        throw new IllegalArgumentException("Parameter " + declaration.name + " is declared twice");
      }
      return this;
    }

    /** The declared shapes by name, in the order of declaration. */
    public Map<String, long[]> shapes() {
      Map<String, long[]> shapes = new LinkedHashMap<>();
      declarations.forEach((name, declaration) -> shapes.put(name, declaration.shape.clone()));
      return shapes;
    }

    /** Allocates the buffers in host memory. */
    public FlatParameters build() {
      return build(Device.CPU);
    }

    /** Allocates the buffers on a device. */
    public FlatParameters build(Device device) {
      return new FlatParameters(declarations, device);
    }
  }
}
