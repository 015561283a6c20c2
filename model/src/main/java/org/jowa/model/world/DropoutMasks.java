package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Slab;

/**
 * The dropout factors of one training pass, 0 or 1/(1-p), filled all at once before it on the host
 * and, for a GPU, copied there in one piece. Every sequence has its own stream for every use inside
 * the model, so a mask depends on seed, step and the sequence's global index only.
 */
final class DropoutMasks implements AutoCloseable {
  private static final int EMBEDDING = 0;
  private static final int Q_HEAD = 1;
  private static final int SITES_PER_LAYER = 16;
  private static final int PROJECTION = 14;
  private static final int MLP = 15;

  private final WorldConfig config;
  private final Device device;
  private final Slab hostSlab = Compute.FP32_ON_CPU.slab();
  private final Slab deviceSlab;
  private final List<Fill> fills = new ArrayList<>();
  private Tensor host;
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
    deviceSlab = compute.slab();
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
    host = hostSlab.view(elements(rowBlocks, batch.steps(), tokens) * batch.size());
    memory = device.isCpu() ? host : deviceSlab.view(host.numel());
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
    fill();
    if (!device.isCpu()) {
      memory.copy_(host);
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
    Pointer target = host.data_ptr();
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

  @Override
  public void close() {
    hostSlab.close();
    deviceSlab.close();
  }
}
