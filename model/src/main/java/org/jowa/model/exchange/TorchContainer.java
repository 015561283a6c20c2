package org.jowa.model.exchange;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.exchange.StoredTensor.Storage;

/** One of torch's two file formats: a pickle and the storages that it refers to. */
interface TorchContainer extends AutoCloseable {
  /**
   * What was saved, as {@link TensorPickle#read} returns it.
   *
   * @throws MalformedException if the file is damaged or wants something other than tensors
   */
  Object root() throws IOException;

  /**
   * Reads a storage.
   *
   * @return its elements in one row, in the caller's pointer scope
   * @throws MalformedException if the file hasn't got them; nothing of their size is allocated then
   */
  Tensor read(Storage storage) throws IOException;

  @Override
  void close() throws IOException;
}
