package org.jowa.model.exchange;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.StepScope;

/** A file of torch.save by the names that its tensors have without wrappers. */
final class OfficialFile implements AutoCloseable {
  private static final int LISTED = 10;
  private static final Set<StorageType> WEIGHTS =
      Set.of(StorageType.FLOAT, StorageType.HALF, StorageType.BFLOAT16);

  private final TorchFile file;
  private final Map<String, String> stored = new LinkedHashMap<>();

  private OfficialFile(TorchFile file) {
    this.file = file;
    for (String name : file.tensors().keySet()) {
      String other = stored.put(OfficialNames.plain(name), name);
      if (other != null) {
        throw refused("it has both %s and %s".formatted(other, name));
      }
    }
  }

  /**
   * @throws InvalidInputException if it can't be read
   */
  static OfficialFile open(Path path) {
    TorchFile file = TorchFile.open(path);
    try {
      return new OfficialFile(file);
    } catch (InvalidInputException e) {
      file.close();
      throw e;
    }
  }

  Path path() {
    return file.path();
  }

  Set<String> names() {
    return stored.keySet();
  }

  boolean contains(String name) {
    return stored.containsKey(name);
  }

  /** Sizes of a tensor that is there. */
  long[] shape(String name) {
    return stored(name).shape();
  }

  private StoredTensor stored(String name) {
    return requireNonNull(file.tensors().get(written(name)), name);
  }

  /** A tensor's name as the file has it. */
  private String written(String name) {
    return requireNonNull(stored.get(name), name);
  }

  /**
   * @throws InvalidInputException if one is missing; the first ten are listed
   */
  void require(Collection<String> names) {
    List<String> missing = names.stream().filter(name -> !contains(name)).toList();
    if (!missing.isEmpty()) {
      throw refused("it lacks " + listed(missing));
    }
  }

  /**
   * Copies all weights but the target head's into a model, as fp32.
   *
   * @throws InvalidInputException if names, shapes or types differ, or a value isn't finite; the
   *     model is then of no use
   */
  void copyInto(FlatParameters model) {
    List<String> wanted =
        model.names().stream().filter(name -> !OfficialNames.isTarget(name)).toList();
    require(wanted);
    requireOnly(wanted);
    for (String name : wanted) {
      requireShape(name, model.shape(name));
    }
    for (String name : wanted) {
      try (StepScope scope = StepScope.inference()) {
        model.copyFrom(Map.of(name, weight(name)), Strictness.PARTIAL, path().toString());
      }
    }
  }

  private void requireOnly(Collection<String> wanted) {
    List<String> others = new ArrayList<>(names());
    others.removeAll(wanted);
    others.removeIf(OfficialNames::isLeftOut);
    if (!others.isEmpty()) {
      throw refused("it has what JOWA has not, " + listed(others));
    }
  }

  /**
   * @throws InvalidInputException if the tensor has another shape
   */
  void requireShape(String name, long[] expected) {
    if (!Arrays.equals(shape(name), expected)) {
      throw refused(
          "%s is %s, expected %s"
              .formatted(name, Arrays.toString(shape(name)), Arrays.toString(expected)));
    }
  }

  /**
   * A tensor as fp32, in the caller's pointer scope.
   *
   * @throws InvalidInputException if it is of a type that weights don't have, or isn't finite
   */
  Tensor weight(String name) {
    StorageType type = stored(name).type();
    if (!WEIGHTS.contains(type)) {
      throw refused(
          "%s is of type %s, expected float32, float16 or bfloat16".formatted(name, type));
    }
    Tensor tensor = file.read(written(name)).to(ScalarType.Float);
    if (!torch.isfinite(tensor).all().item_bool()) {
      throw refused("%s has values that aren't finite".formatted(name));
    }
    return tensor;
  }

  private static String listed(List<String> names) {
    String list = String.join(", ", names.subList(0, Math.min(LISTED, names.size())));
    return names.size() <= LISTED ? list : list + " and " + (names.size() - LISTED) + " more";
  }

  InvalidInputException refused(String why) {
    return new InvalidInputException("Cannot import %s: %s".formatted(path(), why));
  }

  @Override
  public void close() {
    file.close();
  }
}
