package org.jowa.model.exchange;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.exchange.StoredTensor.Storage;
import org.jowa.model.torch.Tensors;

/**
 * The format before torch 1.6: pickles one behind the other (a magic number, a version, facts about
 * the machine, what was saved, the keys of its storages), then each storage as the number of its
 * elements and the elements themselves.
 */
final class LegacyContainer implements TorchContainer {
  /** The magic number as every torch pickled it. */
  static final byte[] MAGIC = {
    (byte) 0x80,
    2,
    (byte) 0x8a,
    10,
    0x6c,
    (byte) 0xfc,
    (byte) 0x9c,
    0x46,
    (byte) 0xf9,
    0x20,
    0x6a,
    (byte) 0xa8,
    0x50,
    0x19,
    '.'
  };

  private static final long VERSION = 1001;

  private final FileChannel file;
  private final Map<String, Long> sizesAt = new HashMap<>();

  private LegacyContainer(FileChannel file) {
    this.file = file;
  }

  static boolean isMagic(byte[] start) {
    return Arrays.equals(start, MAGIC);
  }

  static LegacyContainer open(Path path) throws IOException {
    return new LegacyContainer(FileChannel.open(path));
  }

  @Override
  public Object root() throws IOException {
    ByteBuffer start =
        ByteBuffer.allocate((int) Math.min(file.size(), 2L * TensorPickle.MOST_BYTES));
    readFully(start, 0);
    start.position(MAGIC.length);
    if (!Long.valueOf(VERSION).equals(TensorPickle.read(start))) {
      throw new MalformedException("it is of another version of torch's old format than 1001");
    }
    Object machine = TensorPickle.read(start);
    if (!(machine instanceof Map<?, ?> facts) || !Boolean.TRUE.equals(facts.get("little_endian"))) {
      throw new MalformedException("its numbers are big-endian");
    }
    Object root = TensorPickle.read(start);
    if (!(TensorPickle.read(start) instanceof List<?> keys)) {
      throw new MalformedException("its pickle doesn't list its storages");
    }
    if (root instanceof Map<?, ?> dictionary) {
      locate(keys, storages(dictionary), start.position());
    }
    return root;
  }

  private static Map<Object, Storage> storages(Map<?, ?> dictionary) {
    Map<Object, Storage> storages = new HashMap<>();
    for (Object value : dictionary.values()) {
      if (value instanceof StoredTensor tensor) {
        storages.put(tensor.storage().key(), tensor.storage());
      }
    }
    return storages;
  }

  private void locate(List<?> keys, Map<Object, Storage> storages, long start) throws IOException {
    long at = start;
    for (Object key : keys) {
      // A storage that isn't a tensor's ends the search: then it is no dictionary of tensors.
      Storage storage = key instanceof String ? storages.get(key) : null;
      if (storage == null) {
        return;
      }
      sizesAt.put(storage.key(), at);
      at += Long.BYTES + storage.bytes();
      if (at > file.size() || at < 0) {
        throw new MalformedException("it ends early: copy or download it again");
      }
    }
  }

  @Override
  public Tensor read(Storage storage) throws IOException {
    Long at = sizesAt.get(storage.key());
    if (at == null) {
      throw new MalformedException("it has no storage " + storage.key());
    }
    ByteBuffer elements = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(elements, at);
    if (elements.getLong(0) != storage.elements()) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "storage %s has %d elements, its pickle says %d",
              storage.key(),
              elements.getLong(0),
              storage.elements()));
    }
    Tensor target = Tensors.empty(storage.type().scalarType, storage.elements());
    file.position(at + Long.BYTES);
    // The channel is closed with the container.
    InputStream in = new BufferedInputStream(Channels.newInputStream(file), 1 << 16);
    if (!Tensors.fill(target, in)) {
      throw new MalformedException("storage " + storage.key() + " ends early");
    }
    return target;
  }

  private void readFully(ByteBuffer target, long from) throws IOException {
    while (target.hasRemaining()) {
      if (file.read(target, from + target.position()) < 0) {
        throw new MalformedException("it ends early: copy or download it again");
      }
    }
    target.flip();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
