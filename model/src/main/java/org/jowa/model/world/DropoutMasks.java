package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
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

/**
 * The dropout factors of one training pass, 0 or 1/(1-p), filled all at once before it, on the
 * device of the pass: by Java on a processor, by torch's operators elsewhere, which give the same
 * and get nothing but the streams' keys from the host. Every sequence has its own stream for every
 * use inside the model, so a mask depends on seed, step and the sequence's global index only.
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
  private final List<Fill> fills = new ArrayList<>();
  private Tensor memory;
  private long used;
  private boolean active;
  private DropoutKey key;
  private long[] samples;
  private Tensor embedding;
  private Tensor qHead;
  private final List<Layer> layers = new ArrayList<>();

  private record Layer(List<Tensor> attention, Tensor projection, Tensor mlp) {}

  private record Fill(long offset, long length, long key, double probability) {}

  DropoutMasks(WorldConfig config, Compute compute) {
    this.config = config;
    device = compute.device();
    slab = compute.slab();
    scratch = device.integerSlab();
  }

  /** Lets every element through. */
  void disable() {
    active = false;
  }

  /** Draws the masks of a pass over sequences of {@code tokens} tokens. */
  void draw(DropoutKey dropoutKey, WorldBatch batch, List<RowBlock> rowBlocks, int tokens) {
    Dropouts dropouts = config.dropouts();
    active = !dropouts.equals(Dropouts.NONE);
    if (!active) {
      return;
    }
    key = dropoutKey;
    samples = batch.sampleIndex();
    memory = slab.view(elements(rowBlocks, batch.steps(), tokens) * batch.size());
    used = 0;
    fills.clear();
    layers.clear();
    int n = batch.size();
    long width = config.width();
    embedding = mask(EMBEDDING, dropouts.embedding(), n * (long) tokens, width);
    qHead = mask(Q_HEAD, dropouts.qHead(), n * (long) batch.steps(), config.qHeads(), qWidth());
    for (int layer = 0; layer < config.layers(); layer++) {
      int site = SITES_PER_LAYER * (layer + 1);
      List<Tensor> attention = new ArrayList<>();
      for (RowBlock block : rowBlocks) {
        attention.add(
            mask(
                site + block.index(),
                dropouts.attention(),
                n * (long) config.heads(),
                block.rows(),
                block.columns()));
      }
      layers.add(
          new Layer(
              attention,
              mask(site + PROJECTION, dropouts.residual(), n * (long) tokens, width),
              mask(site + MLP, dropouts.residual(), n * (long) tokens, width)));
    }
    if (device.isCpu()) {
      fill();
    } else {
      fillOnDevice();
    }
  }

  /** For the input vectors {@code [B*S, E]}; null where nothing is dropped. */
  Tensor embedding() {
    return active ? embedding : null;
  }

  /** For the attention weights {@code [B*heads, rows, columns]}; null where nothing is dropped. */
  Tensor attention(int layer, RowBlock block) {
    return active ? layers.get(layer).attention().get(block.index()) : null;
  }

  /** For what attention adds {@code [B*S, E]}; null where nothing is dropped. */
  Tensor projection(int layer) {
    return active ? layers.get(layer).projection() : null;
  }

  /** For what the MLP adds {@code [B*S, E]}; null where nothing is dropped. */
  Tensor mlp(int layer) {
    return active ? layers.get(layer).mlp() : null;
  }

  /** For the Q networks' first layer {@code [B*T, qHeads, M]}; null where nothing is dropped. */
  Tensor qHead() {
    return active ? qHead : null;
  }

  private long qWidth() {
    return config.qWidth();
  }

  private long elements(List<RowBlock> rowBlocks, int steps, int tokens) {
    long attention = 0;
    for (RowBlock block : rowBlocks) {
      attention += (long) config.heads() * block.rows() * block.columns();
    }
    long residual = (long) tokens * config.width();
    return residual
        + (long) steps * config.qHeads() * config.qWidth()
        + config.layers() * (attention + 2 * residual);
  }

  /** Takes the next part of the slab for one site and notes what has to be drawn into it. */
  private Tensor mask(int site, double probability, long... shape) {
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
  private void fill() {
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
  private void fillOnDevice() {
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
          memory.narrow(0, first.offset(), first.length() * streams).view(streams, first.length()),
          keys.select(0, site),
          integers,
          first.probability());
    }
  }

  @Override
  public void close() {
    slab.close();
    scratch.close();
  }
}
