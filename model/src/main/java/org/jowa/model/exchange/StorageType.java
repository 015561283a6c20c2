package org.jowa.model.exchange;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Element types of torch's storages, by the names that pickles have for them. */
enum StorageType {
  FLOAT("FloatStorage", "float32", ScalarType.Float, 4),
  HALF("HalfStorage", "float16", ScalarType.Half, 2),
  BFLOAT16("BFloat16Storage", "bfloat16", ScalarType.BFloat16, 2),
  DOUBLE("DoubleStorage", "float64", ScalarType.Double, 8),
  LONG("LongStorage", "int64", ScalarType.Long, 8),
  INT("IntStorage", "int32", ScalarType.Int, 4),
  SHORT("ShortStorage", "int16", ScalarType.Short, 2),
  CHAR("CharStorage", "int8", ScalarType.Char, 1),
  BYTE("ByteStorage", "uint8", ScalarType.Byte, 1),
  BOOL("BoolStorage", "bool", ScalarType.Bool, 1);

  final String storage;
  private final String dtype;
  final ScalarType scalarType;
  final int bytes;

  StorageType(String storage, String dtype, ScalarType scalarType, int bytes) {
    this.storage = storage;
    this.dtype = dtype;
    this.scalarType = scalarType;
    this.bytes = bytes;
  }

  /** By the name of the class in the module torch. */
  static Optional<StorageType> named(String storage) {
    return Arrays.stream(values()).filter(type -> type.storage.equals(storage)).findFirst();
  }

  static StorageType of(ScalarType scalarType) {
    for (StorageType type : values()) {
      if (type.scalarType == scalarType.intern()) {
        return type;
      }
    }
    throw new IllegalArgumentException("No storage has elements of type " + scalarType);
  }

  /** Torch's name of the elements' type. */
  @Override
  public String toString() {
    return dtype;
  }
}
