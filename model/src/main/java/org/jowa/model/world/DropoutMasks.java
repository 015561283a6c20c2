package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Slab;
import org.jowa.model.torch.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * The dropout factors of one training pass, 0 or 1/(1-p), filled all at once before it, on the
 * device of the pass: by Java on a CPU, by torch's operators elsewhere, which give the same and get
 * nothing but the streams' keys from the host. Every sequence has its own stream for every use
 * inside the model, so a mask depends on seed, step and the sequence's global index only.
 */
final class DropoutMasks implements AutoCloseable {
  private static final int EMBEDDING = 0;
  private static final int Q_HEAD = 1;
  private static final int SITES_PER_LAYER = 16;
  private static final int PROJECTION = 14;
  private static final int MLP = 15;

  private final WorldConfig config;
  private final Device device;
  private final Slab slab;
  private final Slab scratch;

  /** Of the last pass, none where nothing is dropped. */
  private Optional<Masks> masks = Optional.empty();

  /** A mask is null where its probability is 0. */
  private record Masks(@Nullable Tensor embedding, @Nullable Tensor qHead, List<Layer> layers) {}

  private record Layer(
      List<@Nullable Tensor> attention, @Nullable Tensor projection, @Nullable Tensor mlp) {}

  private record Fill(long offset, long length, long key, double probability) {}

  DropoutMasks(WorldConfig config, Compute compute) {
    this.config = config;
    device = compute.device();
    slab = compute.slab();
    scratch = device.integerSlab();
  }

  /** Lets every element through. */
  void disable() {
    masks = Optional.empty();
  }

  /** Draws the masks of a pass over sequences of {@code tokens} tokens. */
  void draw(DropoutKey dropoutKey, WorldBatch batch, List<RowBlock> rowBlocks, int tokens) {
    Dropouts dropouts = config.dropouts();
    if (dropouts.equals(Dropouts.NONE)) {
      disable();
      return;
    }
    Tensor memory = slab.view(elements(rowBlocks, batch.steps(), tokens) * batch.size());
    Drawing drawing = new Drawing(memory, dropoutKey, batch.sampleIndex());
    int n = batch.size();
    long width = config.width();
    Tensor embedding = drawing.mask(EMBEDDING, dropouts.embedding(), n * (long) tokens, width);
    Tensor qHead =
        drawing.mask(
            Q_HEAD, dropouts.qHead(), n * (long) batch.steps(), config.qHeads(), config.qWidth());
    List<Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      int site = SITES_PER_LAYER * (layer + 1);
      List<Tensor> attention = new ArrayList<>();
      for (RowBlock block : rowBlocks) {
        attention.add(
            drawing.mask(
                site + block.index(),
                dropouts.attention(),
                n * (long) config.heads(),
                block.rows(),
                block.columns()));
      }
      layers.add(
          new Layer(
              attention,
              drawing.mask(site + PROJECTION, dropouts.residual(), n * (long) tokens, width),
              drawing.mask(site + MLP, dropouts.residual(), n * (long) tokens, width)));
    }
    masks = Optional.of(new Masks(embedding, qHead, layers));
    if (device.isCpu()) {
      drawing.fill();
    } else {
      drawing.fillOn(device, scratch);
    }
  }

  /** For the input vectors {@code [B*S, E]}; null where nothing is dropped. */
  @Nullable Tensor embedding() {
    return masks.map(Masks::embedding).orElse(null);
  }

  /** For the attention weights {@code [B*heads, rows, columns]}; null where nothing is dropped. */
  @Nullable Tensor attention(int layer, RowBlock block) {
    return masks.map(all -> all.layers().get(layer).attention().get(block.index())).orElse(null);
  }

  /** For what attention adds {@code [B*S, E]}; null where nothing is dropped. */
  @Nullable Tensor projection(int layer) {
    return masks.map(all -> all.layers().get(layer).projection()).orElse(null);
  }

  /** For what the MLP adds {@code [B*S, E]}; null where nothing is dropped. */
  @Nullable Tensor mlp(int layer) {
    return masks.map(all -> all.layers().get(layer).mlp()).orElse(null);
  }

  /** For the Q networks' first layer {@code [B*T, qHeads, M]}; null where nothing is dropped. */
  @Nullable Tensor qHead() {
    return masks.map(Masks::qHead).orElse(null);
  }

  private long elements(List<RowBlock> rowBlocks, int steps, int tokens) {
    long attention =
        rowBlocks.stream()
            .mapToLong(block -> (long) config.heads() * block.rows() * block.columns())
            .sum();
    long residual = (long) tokens * config.width();
    return residual
        + (long) steps * config.qHeads() * config.qWidth()
        + config.layers() * (attention + 2 * residual);
  }

  /** The masks of one pass: parts of a slab, by site and sequence, and what is drawn into them. */
  private static final class Drawing {
    private final Tensor memory;
    private final DropoutKey key;
    private final long[] samples;
    private final List<Fill> fills = new ArrayList<>();
    private long used;

    Drawing(Tensor memory, DropoutKey key, long[] samples) {
      this.memory = memory;
      this.key = key;
      this.samples = samples;
    }

    /** Takes the next part of the slab for one site and notes what has to be drawn into it. */
    @Nullable Tensor mask(int site, double probability, long... shape) {
      if (probability == 0) {
        return null;
      }
      long elements = 1;
      for (long size : shape) {
        elements *= size;
      }
      long perSample = elements / samples.length;
      for (int i = 0; i < samples.length; i++) {
        long stream = FunctionalRandom.key(key.seed(), key.step(), samples[i], site);
        fills.add(new Fill(used + i * perSample, perSample, stream, probability));
      }
      Tensor view = memory.narrow(0, used, elements).view(shape);
      used += elements;
      return view;
    }

    /** Draws on as many threads as an operator of this rank may use. */
    void fill() {
      Pointer target = memory.data_ptr();
      int threads = torch.get_num_threads();
      List<CompletableFuture<Void>> others = new ArrayList<>();
      for (int thread = 1; thread < threads; thread++) {
        int part = thread;
        others.add(CompletableFuture.runAsync(() -> fillPart(target, part, threads)));
      }
      fillPart(target, 0, threads);
      others.forEach(CompletableFuture::join);
    }

    private void fillPart(Pointer target, int part, int parts) {
      for (int i = part; i < fills.size(); i += parts) {
        Fill fill = fills.get(i);
        FunctionalRandom.dropout(
            target, fill.offset(), fill.length(), fill.key(), fill.probability());
      }
    }

    /** Draws each site's part for all sequences at once. */
    void fillOn(Device device, Slab scratch) {
      int streams = samples.length;
      int sites = fills.size() / streams;
      int[] halves = new int[2 * fills.size()];
      long largest = 0;
      for (int i = 0; i < fills.size(); i++) {
        int at = i / streams * 2 * streams + i % streams;
        halves[at] = (int) fills.get(i).key();
        halves[at + streams] = (int) (fills.get(i).key() >>> 32);
        largest = Math.max(largest, fills.get(i).length() * streams);
      }
      Tensor keys = device.put(Tensors.of(halves, sites, 2, streams, 1));
      Tensor integers = scratch.view(2 * largest);
      for (int site = 0; site < sites; site++) {
        Fill first = fills.get(site * streams);
        FunctionalRandom.dropout(
            memory
                .narrow(0, first.offset(), first.length() * streams)
                .view(streams, first.length()),
            keys.select(0, site),
            integers,
            first.probability());
      }
    }
  }

  @Override
  public void close() {
    slab.close();
    scratch.close();
  }
}
