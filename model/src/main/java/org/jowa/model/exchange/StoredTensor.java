package org.jowa.model.exchange;

import java.util.Arrays;
import java.util.Locale;

/**
 * A tensor as a pickle describes it: a view of a storage. That the view lies inside the storage,
 * and shows no element twice, is checked when it is described.
 *
 * @param storage what it views
 * @param offset of its first element
 * @param shape sizes
 * @param strides steps between neighbours, in elements
 */
record StoredTensor(Storage storage, long offset, long[] shape, long[] strides) {

  /**
   * A block of elements beside the pickle.
   *
   * @param key names it in its file
   * @param elements how many
   */
  record Storage(String key, StorageType type, long elements) {
    Storage {
      if (elements < 0 || elements > Long.MAX_VALUE / type.bytes) {
        throw new MalformedException(
            String.format(Locale.ROOT, "storage %s has %d elements", key, elements));
      }
    }

    long bytes() {
      return elements * type.bytes;
    }
  }

  StoredTensor {
    if (shape.length != strides.length) {
      throw new MalformedException(
          "a tensor of shape %s has strides %s"
              .formatted(Arrays.toString(shape), Arrays.toString(strides)));
    }
    long last = offset;
    long elements = 1;
    boolean inside = offset >= 0;
    try {
      for (int i = 0; i < shape.length; i++) {
        inside &= shape[i] >= 0 && strides[i] >= 0;
        elements = Math.multiplyExact(elements, shape[i]);
        last = Math.addExact(last, Math.multiplyExact(Math.max(shape[i] - 1, 0), strides[i]));
      }
    } catch (ArithmeticException e) {
      inside = false;
    }
    // An expanded view could make a huge tensor of a small file.
    if (!inside || elements > storage.elements || (elements > 0 && last >= storage.elements)) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "a tensor of shape %s, strides %s and offset %d doesn't fit its storage of %d"
                  + " elements",
              Arrays.toString(shape),
              Arrays.toString(strides),
              offset,
              storage.elements));
    }
  }

  StorageType type() {
    return storage.type;
  }

  /** Whether it has no elements. */
  boolean isEmpty() {
    return Arrays.stream(shape).anyMatch(size -> size == 0);
  }
}
