package org.jowa.model.exchange;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.model.exchange.StoredTensor.Storage;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * A file that torch.save made of a state dict: tensors by name, each read when it is asked for.
 * Nothing in it is ever executed (see {@link TensorPickle}).
 */
final class TorchFile implements AutoCloseable {
  private static final int SHOWN = 5;

  private final Path path;
  private final TorchContainer container;
  private final Map<String, StoredTensor> tensors;

  private TorchFile(Path path, TorchContainer container, Map<String, StoredTensor> tensors) {
    this.path = path;
    this.container = container;
    this.tensors = tensors;
  }

  /**
   * Opens a local file, in the format of torch 1.6 and later or the one before.
   *
   * @throws InvalidInputException if it isn't there, is damaged or holds anything but tensors
   */
  static TorchFile open(Path path) {
    TorchContainer container = null;
    try {
      container = container(path);
      return new TorchFile(path, container, stateDict(container.root()));
    } catch (MalformedException | IOException e) {
      close(container);
      throw cannotRead(path, e);
    } catch (RuntimeException e) {
      close(container);
      throw e;
    }
  }

  private static TorchContainer container(Path path) throws IOException {
    byte[] start;
    try (InputStream in = Files.newInputStream(path)) {
      start = in.readNBytes(LegacyContainer.MAGIC.length);
    } catch (NoSuchFileException e) {
      throw new InvalidInputException("No file " + path + ": give the path of a .pt file", e);
    }
    if (start.length >= 2 && start[0] == 'P' && start[1] == 'K') {
      return ZipContainer.open(path);
    }
    if (LegacyContainer.isMagic(start)) {
      return LegacyContainer.open(path);
    }
    throw new MalformedException("it is no file of torch.save, neither a zip nor the older format");
  }

  private static Map<String, StoredTensor> stateDict(Object root) {
    if (!(root instanceof Map<?, ?> map)) {
      throw new MalformedException(
          "it holds no dictionary of tensors: save model.state_dict() alone");
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String name)
          || !(entry.getValue() instanceof StoredTensor tensor)) {
        throw new MalformedException(
            "it holds %s, and not only tensors: save model.state_dict() alone"
                .formatted(
                    map.keySet().stream()
                        .limit(SHOWN)
                        .map(String::valueOf)
                        .collect(Collectors.joining(", "))));
      }
      tensors.put(name, tensor);
    }
    return tensors;
  }

  /** Where it was read from. */
  Path path() {
    return path;
  }

  /** What is in it, in its order. */
  Map<String, StoredTensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /**
   * The values of a tensor in its own type, contiguous, in the caller's pointer scope.
   *
   * @throws InvalidInputException if its bytes are missing or altered
   */
  Tensor read(String name) {
    StoredTensor stored = requireNonNull(tensors.get(name), name);
    Storage storage = stored.storage();
    return StepScope.withoutGradients(
        () -> {
          Tensor flat;
          try {
            flat = container.read(storage);
          } catch (MalformedException | IOException e) {
            throw cannotRead(path, e);
          }
          if (stored.isEmpty()) {
            return Tensors.empty(storage.type().scalarType, stored.shape());
          }
          return flat.as_strided(
                  stored.shape(), stored.strides(), new LongOptional(stored.offset()))
              .contiguous();
        });
  }

  @Override
  public void close() {
    close(container);
  }

  private static void close(@Nullable TorchContainer container) {
    if (container != null) {
      try {
        container.close();
      } catch (IOException e) {
        // It was only read.
      }
    }
  }

  private static InvalidInputException cannotRead(Path path, Exception e) {
    return new InvalidInputException(
        "Cannot read weights from %s: %s".formatted(path, Reason.of(e)), e);
  }
}
