package org.jowa.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.CodeSettings;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerObjective;
import org.jowa.model.torch.Tensors;

/**
 * The losses of a VQ-VAE on frames, and their gradients.
 *
 * @param lpips the perceptual term, if there is one
 */
record TokenizerPasses(
    TokenizerNetwork network,
    FramePixels pixels,
    TokenizerObjective objective,
    CodeSettings.Update codeUpdate,
    Optional<Lpips> lpips) {
  private static final int GRID = TokenizerConfig.GRID_SIZE;
  private static final long PIXELS = (long) TokenizerConfig.FRAME_SIZE * TokenizerConfig.FRAME_SIZE;

  /**
   * Each frame's share of the losses, in passes of bounded size.
   *
   * @param frames uint8 [n, 84, 84]
   * @param games id of each frame's game, or of all, or none
   * @param globalFrameCount frames of the whole batch, over all ranks
   * @param use is told the chosen codes
   * @param gradients whether they are added to the gradient buffer
   */
  List<TokenizerLosses> losses(
      Tensor frames, int[] games, long globalFrameCount, CodeChoices use, boolean gradients) {
    List<TokenizerLosses> losses = new ArrayList<>();
    network.inPasses(
        frames.size(0),
        (start, count) -> {
          Tensor part = frames.narrow(0, start, count);
          int[] partGames =
              games.length <= 1
                  ? games
                  : Arrays.copyOfRange(games, (int) start, (int) (start + count));
          losses.addAll(passLosses(part, partGames, globalFrameCount, use, gradients));
        });
    return losses;
  }

  private List<TokenizerLosses> passLosses(
      Tensor frames, int[] games, long globalFrameCount, CodeChoices use, boolean gradients) {
    Pass pass = network.pass(gradients);
    Tensor input = pixels.input(frames, games);
    double perLatent = perLatent(globalFrameCount);
    Codebook.Quantised quantised =
        network
            .codebook()
            .quantise(
                pass, network.latents(pass, input), perLatent, objective.commitment(), codeUpdate);
    Node decoded = network.decoded(pass, quantised.output());

    double perPixel = 1.0 / ((double) globalFrameCount * PIXELS);
    ReconstructionTerms terms =
        ReconstructionTerms.of(objective, decoded.value().sub(input), input);
    Tensor reconstruction = terms.sums();
    Tensor perceptual = torch.zeros_like(reconstruction);
    Tensor gradient = terms.gradient().mul_(new Scalar(perPixel));
    if (lpips.isPresent()) {
      Lpips.Gradient part =
          lpips
              .get()
              .gradient(
                  pixels.onBackground(input, games), pixels.onBackground(decoded.value(), games));
      perceptual = part.distances();
      gradient.add_(part.gradient(), new Scalar(1.0 / globalFrameCount));
    }
    if (gradients) {
      pass.backward(decoded, gradient);
      network.collectGradients();
    }
    // Last, because it waits for the device.
    use.add(quantised.tokens(), quantised.latents());
    float[] figures =
        Tensors.floats(
            torch.cat(new TensorVector(reconstruction, quantised.distances(), perceptual), 0));
    int count = figures.length / 3;
    List<TokenizerLosses> losses = new ArrayList<>();
    for (int frame = 0; frame < count; frame++) {
      // Codebook and commitment term differ only in what they move.
      double distance = figures[count + frame] * perLatent;
      losses.add(
          new TokenizerLosses(
              figures[frame] * perPixel,
              distance,
              distance * objective.commitment(),
              (double) figures[2 * count + frame] / globalFrameCount));
    }
    return losses;
  }

  private double perLatent(long globalFrameCount) {
    return 1 / (globalFrameCount * ((double) GRID * GRID * network.config().embeddingDim()));
  }

  /**
   * The activations of a recorded pass over frames, kept for their values.
   *
   * @param frames uint8 [n, 84, 84]
   */
  TokenizerStages stages(Tensor frames) {
    Encoder encoder = network.encoder();
    Pass pass = network.pass(true);
    Node level0 = encoder.level0(pass, pixels.of(frames));
    Node down0 = encoder.downsample(pass, 0, level0);
    Node level1 = encoder.level1(pass, down0);
    Node down1 = encoder.downsample(pass, 1, level1);
    Node latents = network.latents(pass, pixels.of(frames));
    Node quantised =
        network.codebook().quantise(pass, latents, perLatent(1), 1, codeUpdate).output();
    return new TokenizerStages(
        level0.value(),
        down0.value(),
        level1.value(),
        down1.value(),
        network.decoded(pass, quantised).value());
  }
}
