package org.jowa.model.exchange;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.Backgrounds;
import org.jowa.model.tokenizer.Lpips;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.world.WorldActionModel;

/**
 * The weights of the reference's files, {@code tokenizer.pt} and {@code JOWA_40M.pt} for instance,
 * in either of torch's formats. Names may have the prefixes of wrappers; buffers, the target head
 * and the perceptual loss may be there or not. What is in a file is told by its names.
 *
 * <p>Source: specification sections 1.9, 2.6 and appendices C and D.
 */
public final class OfficialWeights implements AutoCloseable {
  private static final String ENCODER = "encoder.conv_in.weight";
  private static final String LATENTS = "encoder.conv_out.weight";
  private static final String CODES = "embedding.weight";

  private Optional<OfficialFile> tokenizer = Optional.empty();
  private Optional<OfficialFile> model = Optional.empty();

  private OfficialWeights() {}

  /**
   * Opens files; weights are read later.
   *
   * @param files at most one of a tokenizer and one of a world-action model
   * @throws InvalidInputException if one can't be read, or is neither or the second of its kind
   */
  public static OfficialWeights open(List<Path> files) {
    OfficialWeights weights = new OfficialWeights();
    try {
      for (Path path : files) {
        weights.add(OfficialFile.open(path));
      }
      return weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private void add(OfficialFile file) {
    boolean isTokenizer = file.contains(ENCODER);
    if (isTokenizer == file.contains(WorldSizes.TRUNK)) {
      file.close();
      throw file.refused(
          "it is neither a tokenizer's (no %s) nor a world-action model's (no %s); %s"
              .formatted(
                  ENCODER,
                  WorldSizes.TRUNK,
                  file.names().isEmpty()
                      ? "it holds no tensor at all"
                      : "it begins with "
                          + String.join(", ", file.names().stream().limit(3).toList())));
    }
    Optional<OfficialFile> before = isTokenizer ? tokenizer : model;
    if (before.isPresent()) {
      file.close();
      throw file.refused(
          "%s is of the same kind; give one tokenizer and one world-action model"
              .formatted(before.get().path()));
    }
    if (isTokenizer) {
      tokenizer = Optional.of(file);
    } else {
      model = Optional.of(file);
    }
  }

  /** Sizes of the tokenizer, if there is one. */
  public Optional<TokenizerConfig> tokenizerSizes() {
    return tokenizer.map(OfficialWeights::sizes);
  }

  private static TokenizerConfig sizes(OfficialFile file) {
    file.require(List.of(ENCODER, LATENTS, CODES));
    long[] codes = file.shape(CODES);
    if (codes.length != 2 || file.shape(ENCODER).length != 4 || file.shape(LATENTS).length != 4) {
      throw file.refused("its tensors have other dimensions than a tokenizer's");
    }
    return new TokenizerConfig(
            (int) file.shape(ENCODER)[0],
            (int) file.shape(LATENTS)[0],
            (int) codes[1],
            (int) codes[0])
        .checked(file.path().toString());
  }

  /** Sizes of the world-action model, if there is one. */
  public Optional<WorldSizes> worldSizes() {
    return model.map(WorldSizes::of);
  }

  /**
   * The tokenizer; the caller closes it.
   *
   * @throws InvalidInputException if weights are missing, unknown, or of another shape or type
   */
  public Optional<Tokenizer> tokenizer() {
    return tokenizer.map(
        file -> {
          Tokenizer loaded = Tokenizer.create(sizes(file), 0);
          try {
            file.copyInto(loaded.parameters());
            return loaded;
          } catch (InvalidInputException e) {
            loaded.close();
            throw e;
          }
        });
  }

  /**
   * The world-action model, its target head a copy of the online one; the caller closes it.
   *
   * @param config of the file's sizes
   * @throws InvalidInputException if weights are missing, unknown, or of another shape or type
   */
  public Optional<WorldActionModel> world(WorldConfig config) {
    return model.map(
        file -> {
          WorldActionModel loaded = WorldActionModel.create(config, 0);
          try {
            file.copyInto(loaded.parameters());
            loaded.copyTarget();
            return loaded;
          } catch (InvalidInputException e) {
            loaded.close();
            throw e;
          }
        });
  }

  /**
   * Writes the weights of the perceptual loss as safetensors, which training takes as {@code
   * tokenizer.perceptual-weights}.
   *
   * @throws InvalidInputException if the tokenizer's file hasn't got them
   */
  public void writeLpips(OutputStream out) throws IOException {
    OfficialFile file =
        tokenizer.orElseThrow(
            () ->
                new InvalidInputException(
                    "The weights of LPIPS are in the tokenizer's file: give that too"));
    try (StepScope scope = StepScope.inference()) {
      Map<String, Tensor> weights = new LinkedHashMap<>();
      Map<String, long[]> shapes = Lpips.shapes();
      file.require(shapes.keySet().stream().map(OfficialNames.LPIPS::concat).toList());
      shapes.forEach(
          (name, shape) -> {
            file.requireShape(OfficialNames.LPIPS + name, shape);
            weights.put(name, file.weight(OfficialNames.LPIPS + name));
          });
      Safetensors.write(out, weights, Map.of());
    }
  }

  /**
   * Writes a tokenizer as the reference saves it.
   *
   * @param weights fp32, by the names of ours, which are the reference's
   * @param lpips weights of the perceptual loss, which the reference keeps in the same file; may be
   *     empty
   * @throws InvalidInputException if it is a tokenizer of a kind that the reference hasn't got, or
   *     one on backgrounds, or one that compares angles
   */
  public static void writeTokenizer(
      OutputStream out, Map<String, Tensor> weights, Map<String, Tensor> lpips) throws IOException {
    if (!weights.containsKey(ENCODER)) {
      throw new InvalidInputException(
          "The reference's files hold a VQ-VAE, this tokenizer is of another kind: export without"
              + " --pt");
    }
    if (Backgrounds.areIn(weights)) {
      throw new InvalidInputException(
          "The reference's tokenizer works on whole frames, this one on differences to its games'"
              + " median frames (tokenizer.background): export without --pt");
    }
    if (Tokenizer.comparesAngles(weights)) {
      throw new InvalidInputException(
          "The reference's tokenizer compares codes by distance, this one by angle"
              + " (tokenizer.code-distance): export without --pt");
    }
    Map<String, Tensor> all = new LinkedHashMap<>();
    weights.forEach((name, tensor) -> all.put(OfficialNames.WRAPPED + name, tensor));
    lpips.forEach(
        (name, tensor) -> all.put(OfficialNames.WRAPPED + OfficialNames.LPIPS + name, tensor));
    TorchWriter.write(out, all);
  }

  /**
   * Writes a world-action model as the reference saves it, with the masks and positions that it
   * keeps beside the weights.
   *
   * @param weights fp32, by the names of ours, which are the reference's
   */
  public static void writeWorld(OutputStream out, Map<String, Tensor> weights, WorldConfig config)
      throws IOException {
    try (StepScope scope = StepScope.inference()) {
      Map<String, Tensor> all = new LinkedHashMap<>();
      weights.forEach((name, tensor) -> all.put(OfficialNames.WRAPPED + name, tensor));
      OfficialBuffers.of(config)
          .forEach((name, tensor) -> all.put(OfficialNames.WRAPPED + name, tensor));
      TorchWriter.write(out, all);
    }
  }

  @Override
  public void close() {
    tokenizer.ifPresent(OfficialFile::close);
    model.ifPresent(OfficialFile::close);
  }
}
