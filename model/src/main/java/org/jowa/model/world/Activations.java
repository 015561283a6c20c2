package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Slab;
import org.jowa.model.torch.Tensors;

/**
 * What passes through the transformer leave in memory, which every batch uses again: the state of a
 * model, beside its {@link WorldConfig} and its {@link WorldTensors}. What a forward pass leaves
 * holds until the next one, and nothing before the first; {@link Scratch} and {@link Head} hold
 * results of the moment.
 */
@SuppressWarnings("NullAway.Init")
final class Activations implements AutoCloseable {
  private final Compute compute;
  private final List<Slab> slabs = new ArrayList<>();

  final Embedding embedding;
  final List<Block> blocks;
  final Norm finalNorm;
  final Slab streamGradient;
  final Scratch scratch;
  final Head head;

  /** Shape, row blocks and dropout of the last forward pass. */
  Pass pass;

  Activations(WorldConfig config, Compute compute) {
    this.compute = compute;
    embedding = new Embedding();
    blocks = IntStream.range(0, config.layers()).mapToObj(layer -> new Block()).toList();
    finalNorm = new Norm();
    streamGradient = sums();
    scratch = new Scratch(config);
    head = new Head();
  }

  /** The input vectors, and what they were made of. */
  final class Embedding {
    final Slab vectors = sums();
    WorldBatch batch;
    Tensor tokenRows;

    /** In models with a {@link NeighbourhoodNetwork}. */
    Transitions transitions;
  }

  /** A layer normalisation: {@code [n, E]}, and by row {@code [n, 1]}. */
  final class Norm {
    final Slab outputs = sums();
    final Slab means = sums();
    final Slab deviations = sums();
    Tensor input;
    Tensor mean;
    Tensor reciprocalDeviation;
  }

  /** The attention of one block, by row block. */
  final class Attention {
    final Slab projected = factors();
    final List<Slab> weights = byRowBlock(Activations.this::sums);
    final List<Slab> dropped = byRowBlock(Activations.this::factors);
    Tensor[] keyQueryValue;
    final Tensor[] weightsOf = new Tensor[RowBlock.COUNT];
    final Tensor[] droppedOf = new Tensor[RowBlock.COUNT];
  }

  /** One transformer block. */
  final class Block {
    final Norm norm1 = new Norm();
    final Attention attention = new Attention();
    final Norm norm2 = new Norm();
    final Slab normed1Slab = factors();
    final Slab contextSlab = factors();
    final Slab middle = sums();
    final Slab normed2Slab = factors();
    final Slab hiddenSlab = factors();
    final Slab activatedSlab = factors();
    final Slab output = sums();
    Tensor normed1;
    Tensor context;
    Tensor normed2;
    Tensor hidden;
    Tensor activated;
  }

  /** Memory that the blocks use in turn. */
  final class Scratch {
    final Slab product = factors();
    final Slab projected = factors();
    final Slab narrow = factors();
    final Slab widened = sums();
    final Slab wide = factors();
    final Slab scores = factors();
    final Slab rowsByHead = factors();
    final Slab columnsByHead = factors();
    final Slab weightGradient = sums();
    final Slab keyGradient = sums();
    final Slab valueGradient = sums();

    /** Minus infinity above the diagonal, zero elsewhere, as large as any row block is high. */
    final Tensor triangle;

    private Scratch(WorldConfig config) {
      triangle = Tensors.keep(triangle(RowBlock.of(config.maxTokens()).get(0).rows()));
    }

    private Tensor triangle(int rows) {
      float[] values = new float[rows * rows];
      for (int row = 0; row < rows; row++) {
        for (int column = row + 1; column < rows; column++) {
          values[row * rows + column] = Float.NEGATIVE_INFINITY;
        }
      }
      return compute.device().put(Tensors.of(values, rows, rows));
    }
  }

  /** A chunk of rows in the observation head. */
  final class Head {
    final Slab rows = factors();
    final Slab hidden = factors();
    final Slab hiddenGradient = factors();
    final Slab rowGradient = factors();
    final Slab logits = sums();
    final Slab logitsProduct = factors();
  }

  /** Memory for fp32 values. */
  private Slab sums() {
    return added(compute.slab());
  }

  /** Memory for factors and results of products. */
  private Slab factors() {
    return added(compute.productSlab());
  }

  private Slab added(Slab slab) {
    slabs.add(slab);
    return slab;
  }

  private static List<Slab> byRowBlock(Supplier<Slab> slab) {
    return Stream.generate(slab).limit(RowBlock.COUNT).toList();
  }

  @Override
  public void close() {
    slabs.forEach(Slab::close);
    Tensors.release(scratch.triangle);
  }
}
