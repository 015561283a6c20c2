package org.jowa.model.parity;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.tokenizer.CodebookUse;
import org.jowa.model.tokenizer.Lpips;
import org.jowa.model.tokenizer.LpipsReference;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.tokenizer.TokenizerLosses;
import org.jowa.model.tokenizer.TokenizerStages;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * Compares the tokenizer and the perceptual distance with vectors of the reference: latents,
 * tokens, reconstructions, losses, gradients and three optimizer steps.
 */
public final class TokenizerParity {
  private static final double LOSS = 1e-5;
  private static final double GRADIENT = 1e-4;
  private static final double OUTPUT = 1e-5;
  private static final double PARAMETER = 5e-6;

  /** Tokens are compared where the second best code is farther than this from the best. */
  private static final float TOKEN_MARGIN = 1e-3f;

  private static final double LEARNING_RATE = 1e-4;
  private static final double CLIP_NORM = 1;
  private static final int STEPS = 3;
  private static final String CASE = "tokenizer_golden";
  private static final String GRADIENTS = "grad.";

  /**
   * Its gradient is a sum of as many terms as there are pixels, one over their number each. Added
   * one by one in fp32, as the reference's kernel did, they may be off by a unit of rounding each:
   * the golden norm is 5e-4 away from the exact sum.
   */
  private static final String LAST_BIAS = "decoder.conv_out.bias";

  private static final double UNIT_ROUNDING = 0x1p-24;
  private static final String AFTER = "after3.";

  private TokenizerParity() {}

  /**
   * Runs all tokenizer and LPIPS cases.
   *
   * @param golden folder of the golden vectors
   * @throws org.jowa.error.InvalidInputException if a file is missing or damaged
   */
  public static List<ParityResult> run(Path golden) {
    List<ParityResult> results = new ArrayList<>();
    try (Safetensors vectors = Safetensors.read(golden.resolve(CASE + ".safetensors"));
        Tokenizer tokenizer = Tokenizer.load(golden.resolve("tokenizer.safetensors"))) {
      results.addAll(forward(tokenizer, vectors));
      results.addAll(training(tokenizer, vectors));
    }
    results.addAll(lpips(golden));
    return results;
  }

  /**
   * Compares losses and gradient of a training, computed otherwise than in fp32, with the golden
   * losses and the gradient of fp32.
   *
   * @param tolerance for relative errors of losses, and for one minus the cosine
   */
  public static List<ParityResult> run(Path golden, Compute compute, double tolerance) {
    try (Safetensors vectors = Safetensors.read(golden.resolve(CASE + ".safetensors"));
        Safetensors weights = Safetensors.read(golden.resolve("tokenizer.safetensors"));
        Tokenizer exact = Tokenizer.load(weights);
        Tokenizer tokenizer = Tokenizer.load(weights, compute)) {
      GoldenCase rows = GoldenCase.of(CASE, compute.precision() + " ");
      FlatParameters parameters = tokenizer.parameters();
      // At the weights of fp32: two steps on, Adam has blown up any rounding of small gradients.
      train(
          exact,
          vectors,
          (step, exactLosses, exactNorm) -> {
            parameters.weights().copy_(exact.parameters().weights());
            TokenizerLosses losses = accumulate(tokenizer, vectors);
            compareLosses(rows, step, losses, vectors, tolerance);
            double norm = parameters.gradients().norm().cpu().item_float();
            rows.relative(gradientNorm(step), norm, losses(vectors, step)[3], tolerance);
            rows.add(
                "step " + step + ", gradient direction",
                Deviation.direction(parameters.gradients(), exact.parameters().gradients()),
                tolerance);
          });
      return rows.results();
    }
  }

  private static List<ParityResult> forward(Tokenizer tokenizer, Safetensors vectors) {
    GoldenCase golden = GoldenCase.of(CASE);
    try (StepScope scope = StepScope.inference()) {
      Tensor frames = vectors.tensor("frames_u8");
      TokenizerStages stages = TokenizerStages.of(tokenizer, frames);
      golden.ofLargest(
          "encoder, mean and deviation at 84x84",
          stages.level0MeanAndDeviation(2),
          vectors.tensor("enc.level0_mean_std"),
          OUTPUT);
      golden.ofLargest(
          "encoder, after the first downsampling",
          stages.down0().narrow(0, 0, 1),
          vectors.tensor("enc.down0"),
          OUTPUT);
      golden.ofLargest(
          "encoder, at 12x12",
          stages.level1().narrow(0, 0, 1),
          vectors.tensor("enc.level1"),
          OUTPUT);
      golden.ofLargest(
          "encoder, after the second downsampling",
          stages.down1().narrow(0, 0, 1),
          vectors.tensor("enc.down1"),
          OUTPUT);
      golden.ofLargest("latents", tokenizer.encode(frames), vectors.tensor("z"), OUTPUT);
      Tensor tokens = tokenizer.tokens(frames);
      golden.add("tokens", wrongTokens(tokens, vectors), 0);
      golden.absolute(
          "code vectors",
          tokenizer.codeVectors(vectors.tensor("tokens")),
          vectors.tensor("z_q"),
          0);
      golden.ofLargest(
          "decoded tokens",
          tokenizer.decode(vectors.tensor("tokens")),
          vectors.tensor("recon_post"),
          OUTPUT);
      golden.ofLargest(
          "reconstruction", stages.reconstruction(), vectors.tensor("recon_raw"), OUTPUT);
    }
    return golden.results();
  }

  private static List<ParityResult> training(Tokenizer tokenizer, Safetensors vectors) {
    GoldenCase golden = GoldenCase.of(CASE);
    FlatParameters parameters = tokenizer.parameters();
    train(
        tokenizer,
        vectors,
        (step, losses, norm) -> {
          compareLosses(golden, step, losses, vectors, LOSS);
          golden.relative(gradientNorm(step), norm, losses(vectors, step)[3], GRADIENT);
          if (step == 0) {
            compareGradients(golden, tokenizer, vectors);
          }
        });
    try (StepScope scope = StepScope.inference()) {
      compareWeights(golden, parameters, vectors);
    }
    return golden.results();
  }

  /** Looks at a step when its gradients are there. */
  private interface StepCheck {
    void check(int step, TokenizerLosses losses, double gradientNorm);
  }

  private static void train(Tokenizer tokenizer, Safetensors vectors, StepCheck check) {
    GroupSettings settings = new GroupSettings(LEARNING_RATE, 0);
    try (AdamW optimizer =
        AdamW.of(tokenizer.parameters(), Map.of(ParameterGroup.NO_DECAY, settings))) {
      for (int step = 0; step < STEPS; step++) {
        TokenizerLosses losses = accumulate(tokenizer, vectors);
        double norm = optimizer.gradientNorm();
        try (StepScope scope = StepScope.inference()) {
          check.check(step, losses, norm);
        }
        optimizer.step(norm, CLIP_NORM);
      }
    }
  }

  private static TokenizerLosses accumulate(Tokenizer tokenizer, Safetensors vectors) {
    Tensor frames = vectors.tensor("frames_u8");
    tokenizer.parameters().zeroGradients();
    CodebookUse use = CodebookUse.of(tokenizer.config());
    return TokenizerLosses.sum(tokenizer.accumulateGradients(frames, frames.size(0), use));
  }

  private static String gradientNorm(int step) {
    return "step " + step + ", gradient norm";
  }

  private static void compareLosses(
      GoldenCase golden, int step, TokenizerLosses losses, Safetensors vectors, double tolerance) {
    float[] expected = losses(vectors, step);
    String prefix = "step " + step + ", ";
    golden.relative(
        prefix + "codebook and commitment loss",
        losses.codebook() + losses.commitment(),
        expected[0],
        tolerance);
    golden.relative(
        prefix + "reconstruction loss", losses.reconstruction(), expected[1], tolerance);
    golden.relative(prefix + "total loss", losses.total(), expected[2], tolerance);
  }

  private static void compareGradients(
      GoldenCase golden, Tokenizer tokenizer, Safetensors vectors) {
    FlatParameters parameters = tokenizer.parameters();
    Tensor frames = vectors.tensor("frames_u8");
    for (String name : suffixes(vectors, GRADIENTS)) {
      golden.ofLargest(
          "gradient of " + name,
          parameters.get(name).grad(),
          vectors.tensor(GRADIENTS + name),
          GRADIENT);
    }
    float[] expected = Tensors.floats(vectors.tensor("grad_norms"));
    double terms = frames.numel();
    golden.add(
        "gradient norms of all parameters",
        worstNorm(
            parameters,
            expected,
            name -> parameters.get(name).grad(),
            Map.of(LAST_BIAS, terms * UNIT_ROUNDING)),
        GRADIENT);
    // Of the mean of magnitudes of differences: as many times one over their number, up or down.
    Tensor pixels = frames.to(ScalarType.Double).div(new Scalar(127.5)).sub(new Scalar(1));
    Tensor reconstruction = TokenizerStages.of(tokenizer, frames).reconstruction();
    Tensor signs = reconstruction.squeeze(1).to(ScalarType.Double).sub(pixels).sign();
    golden.relative(
        "gradient of " + LAST_BIAS + ", exact",
        parameters.get(LAST_BIAS).grad().item_float(),
        signs.mean().item_double(),
        GRADIENT);
  }

  private static void compareWeights(
      GoldenCase golden, FlatParameters parameters, Safetensors vectors) {
    for (String name : suffixes(vectors, AFTER)) {
      if (parameters.contains(name)) {
        golden.absolute(
            name + " after " + STEPS + " steps",
            parameters.get(name),
            vectors.tensor(AFTER + name),
            PARAMETER);
      }
    }
    float[] expected = Tensors.floats(vectors.tensor(AFTER + "norms"));
    golden.add(
        "norms of all parameters after " + STEPS + " steps",
        worstNorm(parameters, expected, parameters::get, Map.of()),
        LOSS);
  }

  /**
   * Largest error of the norms, relative to each, key biases left out: their gradient is noise.
   *
   * @param uncertain how far golden ones may be from what they should be
   */
  private static double worstNorm(
      FlatParameters parameters,
      float[] expected,
      Function<String, Tensor> tensor,
      Map<String, Double> uncertain) {
    List<String> names = parameters.names();
    double worst = names.size() == expected.length ? 0 : Double.NaN;
    for (int i = 0; i < Math.min(names.size(), expected.length); i++) {
      String name = names.get(i);
      if (!name.endsWith(".k.bias")) {
        double norm = tensor.apply(name).to(ScalarType.Double).norm().item_double();
        double error = Math.abs(norm - expected[i]) - uncertain.getOrDefault(name, 0.0);
        worst = Math.max(worst, error / expected[i]);
      }
    }
    return worst;
  }

  private static double wrongTokens(Tensor tokens, Safetensors vectors) {
    long[] actual = Tensors.longs(tokens);
    long[] expected = Tensors.longs(vectors.tensor("tokens"));
    float[] margins = Tensors.floats(vectors.tensor("token_margin"));
    return IntStream.range(0, expected.length)
        .filter(i -> margins[i] > TOKEN_MARGIN && actual[i] != expected[i])
        .count();
  }

  private static List<ParityResult> lpips(Path path) {
    GoldenCase golden = GoldenCase.of("lpips_golden");
    try (Safetensors vectors = Safetensors.read(path.resolve("lpips_golden.safetensors"));
        StepScope scope = StepScope.training();
        Lpips lpips = Lpips.of(MadeUpVgg.weights(), "made-up weights", Device.CPU)) {
      Tensor input = vectors.tensor("input");
      Tensor target = vectors.tensor("target").clone().set_requires_grad(true);
      Tensor distance = lpips.distance(input, target);
      distance.mean().backward();
      golden.ofLargest("distance", distance, vectors.tensor("value"), LOSS);
      // Another CPU's convolution rounds in another way, which at a kink decides.
      LpipsReference reference = LpipsReference.of(lpips, input, target.detach());
      double error =
          reference.worstError(
              target.grad(), vectors.tensor("grad_target"), 1.0 / distance.size(0), GRADIENT);
      golden.add("gradient of the reconstruction", error, GRADIENT);
    }
    return golden.results();
  }

  private static float[] losses(Safetensors vectors, int step) {
    return Tensors.floats(vectors.tensor("step" + step + ".losses"));
  }

  private static List<String> suffixes(Safetensors vectors, String prefix) {
    Stream<String> names = vectors.tensors().keySet().stream();
    return names
        .filter(name -> name.startsWith(prefix))
        .map(name -> name.substring(prefix.length()))
        .toList();
  }
}
