package org.jowa.model.exchange;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * Names and shapes of the reference's files, written down from the specification's appendices C and
 * D and not taken from our models.
 */
final class OfficialLayout {
  private static final String SPECIAL = "indices";

  private OfficialLayout() {}

  /** Appendix C. */
  static Map<String, long[]> world(int layers, int width, int qWidth, int qHeads, int codes) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (int layer = 0; layer < layers; layer++) {
      String block = "transformer.blocks." + layer + ".";
      vector(shapes, block + "ln1", width);
      vector(shapes, block + "ln2", width);
      shapes.put(block + "attn.mask", new long[] {296, 296});
      for (String part : List.of("key", "query", "value", "proj")) {
        linear(shapes, block + "attn." + part, width, width);
      }
      linear(shapes, block + "mlp.0", 4 * width, width);
      linear(shapes, block + "mlp.2", width, 4 * width);
    }
    vector(shapes, "transformer.ln_f", width);
    shapes.put("pos_emb.weight", new long[] {296, width});
    shapes.put("task_emb.embedding_tables.0.weight", new long[] {60, width});
    shapes.put("task_emb.embedding_tables.1.weight", new long[] {60, width});
    shapes.put("embedder.embedding_tables.0.weight", new long[] {18, width});
    shapes.put("embedder.embedding_tables.1.weight", new long[] {codes, width});
    head(shapes, "head_observations", 288, width, codes);
    head(shapes, "head_rewards", 8, width, 3);
    head(shapes, "head_ends", 8, width, 2);
    for (String head : List.of("head_q", "head_q_target")) {
      shapes.put(head + "." + SPECIAL, new long[] {8});
      long[][] ensemble = {
        {qHeads, qWidth, width},
        {qHeads, qWidth},
        {qHeads, qWidth},
        {qHeads, qWidth},
        {qHeads, qWidth, qWidth},
        {qHeads, qWidth},
        {qHeads, qWidth},
        {qHeads, qWidth},
        {qHeads, 918, qWidth},
        {qHeads, 918}
      };
      for (int i = 0; i < ensemble.length; i++) {
        shapes.put(head + ".head_module.params." + i, ensemble[i]);
      }
    }
    return shapes;
  }

  private static void head(Map<String, long[]> shapes, String name, int reads, int in, int out) {
    shapes.put(name + "." + SPECIAL, new long[] {reads});
    linear(shapes, name + ".head_module.0", in, in);
    linear(shapes, name + ".head_module.2", out, in);
  }

  private static void linear(Map<String, long[]> shapes, String name, int out, int in) {
    shapes.put(name + ".weight", new long[] {out, in});
    shapes.put(name + ".bias", new long[] {out});
  }

  private static void vector(Map<String, long[]> shapes, String name, int width) {
    shapes.put(name + ".weight", new long[] {width});
    shapes.put(name + ".bias", new long[] {width});
  }

  /** Appendix D without the perceptual loss. */
  static Map<String, long[]> tokenizer(int channels, int latent, int embedding, int codes) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    conv(shapes, "encoder.conv_in", channels, 1, 3);
    for (int level = 0; level < 3; level++) {
      for (int block = 0; block < 2; block++) {
        resBlock(shapes, "encoder.down." + level + ".block." + block, channels);
      }
      if (level > 0) {
        attention(shapes, "encoder.down." + level + ".attn.0", channels);
        attention(shapes, "encoder.down." + level + ".attn.1", channels);
      }
    }
    conv(shapes, "encoder.down.0.downsample.conv", channels, channels, 8);
    conv(shapes, "encoder.down.1.downsample.conv", channels, channels, 3);
    mid(shapes, "encoder.mid", channels);
    vector(shapes, "encoder.norm_out", channels);
    conv(shapes, "encoder.conv_out", latent, channels, 3);
    conv(shapes, "pre_quant_conv", embedding, latent, 1);
    shapes.put("embedding.weight", new long[] {codes, embedding});
    conv(shapes, "post_quant_conv", latent, embedding, 1);
    conv(shapes, "decoder.conv_in", channels, latent, 3);
    mid(shapes, "decoder.mid", channels);
    for (int level = 0; level < 3; level++) {
      for (int block = 0; block < 3; block++) {
        resBlock(shapes, "decoder.up." + level + ".block." + block, channels);
      }
    }
    conv(shapes, "decoder.up.1.upsample.conv", channels, channels, 3);
    conv(shapes, "decoder.up.2.upsample.conv", channels, channels, 3);
    vector(shapes, "decoder.norm_out", channels);
    conv(shapes, "decoder.conv_out", 1, channels, 3);
    return shapes;
  }

  private static void mid(Map<String, long[]> shapes, String name, int channels) {
    resBlock(shapes, name + ".block_1", channels);
    attention(shapes, name + ".attn_1", channels);
    resBlock(shapes, name + ".block_2", channels);
  }

  private static void resBlock(Map<String, long[]> shapes, String name, int channels) {
    for (String part : List.of("1", "2")) {
      vector(shapes, name + ".norm" + part, channels);
      conv(shapes, name + ".conv" + part, channels, channels, 3);
    }
  }

  private static void attention(Map<String, long[]> shapes, String name, int channels) {
    vector(shapes, name + ".norm", channels);
    for (String part : List.of("q", "k", "v", "proj_out")) {
      conv(shapes, name + "." + part, channels, channels, 1);
    }
  }

  private static void conv(Map<String, long[]> shapes, String name, int out, int in, int kernel) {
    shapes.put(name + ".weight", new long[] {out, in, kernel, kernel});
    shapes.put(name + ".bias", new long[] {out});
  }

  /** Appendix D's perceptual loss, its buffers included. */
  static Map<String, long[]> lpips() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("lpips.scaling_layer.shift", new long[] {1, 3, 1, 1});
    shapes.put("lpips.scaling_layer.scale", new long[] {1, 3, 1, 1});
    int[][] slices = {{0, 2}, {5, 7}, {10, 12, 14}, {17, 19, 21}, {24, 26, 28}};
    int[] channels = {64, 128, 256, 512, 512};
    int in = 3;
    for (int slice = 0; slice < slices.length; slice++) {
      for (int layer : slices[slice]) {
        conv(shapes, "lpips.net.slice" + (slice + 1) + "." + layer, channels[slice], in, 3);
        in = channels[slice];
      }
      shapes.put("lpips.lin" + slice + ".model.1.weight", new long[] {1, channels[slice], 1, 1});
    }
    return shapes;
  }

  static long elements(Map<String, long[]> shapes) {
    return shapes.entrySet().stream()
        .filter(entry -> !entry.getKey().endsWith(SPECIAL) && !entry.getKey().endsWith("mask"))
        .mapToLong(entry -> product(entry.getValue()))
        .sum();
  }

  private static long product(long[] shape) {
    long product = 1;
    for (long size : shape) {
      product *= size;
    }
    return product;
  }

  /** The value of an element: eight bits, so that it is exact in any type of float. */
  static float value(String name, int element) {
    return ((name.hashCode() & 0x1f) * 8 + element % 8) / 256f;
  }

  /** Writes a file of these shapes. */
  static Path write(
      Path file, Map<String, long[]> shapes, ScalarType type, UnaryOperator<String> rename)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        StepScope scope = StepScope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      shapes.forEach(
          (name, shape) -> {
            float[] values = new float[Math.toIntExact(product(shape))];
            for (int i = 0; i < values.length; i++) {
              values[i] = value(name, i);
            }
            Tensor tensor = Tensors.of(values, shape);
            tensors.put(
                rename.apply(name), tensor.to(name.endsWith(SPECIAL) ? ScalarType.Long : type));
          });
      TorchWriter.write(out, tensors);
    }
    return file;
  }

  /** The names of a layout without some. */
  static Map<String, long[]> without(Map<String, long[]> shapes, String part) {
    Map<String, long[]> rest = new LinkedHashMap<>(shapes);
    List<String> names = new ArrayList<>(rest.keySet());
    names.stream().filter(name -> name.contains(part)).forEach(rest::remove);
    return rest;
  }
}
