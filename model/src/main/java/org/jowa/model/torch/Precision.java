package org.jowa.model.torch;

import java.util.Locale;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The number type of matrix products and convolutions in training. Whatever it is, weights,
 * gradients, moments, normalisations, softmax and losses are fp32, and so is everything outside of
 * training.
 */
public enum Precision {
  /** 24 bits of significand everywhere. */
  FP32,
  /** As FP32 on a CPU; NVIDIA GPUs round the factors of products to 11 bits. */
  TF32,
  /** The factors and results of products have 8 bits, their sums are made in fp32. */
  BF16;

  /** Whether products have another type than weights. */
  boolean isMixed() {
    return this == BF16;
  }

  /** Half the distance of neighbouring numbers at 1: what rounding a factor may do to it. */
  double rounding() {
    return switch (this) {
      case FP32 -> 0x1p-24;
      case TF32 -> 0x1p-12;
      case BF16 -> 0x1p-9;
    };
  }

  /** The type of products in memory. */
  ScalarType type() {
    return isMixed() ? ScalarType.BFloat16 : ScalarType.Float;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
