package org.jowa.model.train;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.bytedeco.pytorch.Tensor;
import org.jowa.data.storage.Locations;
import org.jowa.error.InvalidInputException;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.Safetensors;

/** Weights that a new run starts from. */
final class InitialWeights {
  private InitialWeights() {}

  /**
   * Copies weights into a model.
   *
   * @param uri a checkpoint's folder or a safetensors file; names that the model lacks are ignored
   * @param imported the parameters that are copied, by name: others stay as they are
   * @return seed of the run that they are from, if it is known
   * @throws InvalidInputException if they can't be read or don't fit
   */
  static Optional<Long> load(
      String uri,
      Configuration configuration,
      FlatParameters parameters,
      Predicate<String> imported) {
    Path path = Locations.resolve(uri, configuration);
    try {
      FileSystem fileSystem = path.getFileSystem(configuration);
      FileStatus status = fileSystem.getFileStatus(path);
      if (status.isDirectory()) {
        Checkpoint checkpoint = CheckpointStore.read(uri, configuration);
        copy(checkpoint.model(), parameters, imported);
        return Optional.of(checkpoint.state().seed());
      }
      try (InputStream in = new BufferedInputStream(fileSystem.open(path), 1 << 20)) {
        copy(Safetensors.read(in, status.getLen(), uri), parameters, imported);
        return Optional.empty();
      }
    } catch (IOException e) {
      throw new InvalidInputException(
          "Cannot read initial weights from %s: %s; give a checkpoint folder or a safetensors file"
              .formatted(uri, e.getMessage()),
          e);
    }
  }

  private static void copy(
      Safetensors read, FlatParameters parameters, Predicate<String> imported) {
    try (Safetensors weights = read) {
      Map<String, Tensor> tensors = new LinkedHashMap<>(weights.tensors());
      parameters
          .tensors()
          .forEach(
              (name, own) -> {
                if (!imported.test(name)) {
                  tensors.put(name, own);
                }
              });
      parameters.copyFrom(tensors, Strictness.IGNORE_UNKNOWN, weights.source());
    }
  }
}
