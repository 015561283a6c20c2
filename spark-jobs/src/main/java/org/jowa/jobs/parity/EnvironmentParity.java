package org.jowa.jobs.parity;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.jowa.env.AreaResize;
import org.jowa.env.AtariEnv;
import org.jowa.env.Step;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;
import org.jowa.model.parity.ParityResult;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.Tensors;

/**
 * Compares preprocessing and whole rollouts with {@code env.safetensors}: equal bits, errors are
 * counts of values that differ. Rollouts need ROMs.
 */
final class EnvironmentParity {
  private static final String FILE = "env.safetensors";
  private static final int PIXELS = AtariEnv.OBSERVATION_BYTES;

  private final Safetensors golden;
  private final RomLocator roms;
  private final List<ParityResult> results = new ArrayList<>();

  private EnvironmentParity(Safetensors golden, RomLocator roms) {
    this.golden = golden;
    this.roms = roms;
  }

  static List<ParityResult> run(Path folder, RomLocator roms) {
    try (Safetensors golden = Safetensors.read(folder.resolve(FILE))) {
      EnvironmentParity parity = new EnvironmentParity(golden, roms);
      TreeSet<String> games = new TreeSet<>();
      golden.tensors().keySet().forEach(name -> games.add(name.replaceFirst("\\..*", "")));
      games.forEach(parity::resize);
      games.forEach(parity::rollout);
      return parity.results;
    }
  }

  private void resize(String game) {
    Tensor buffers = golden.tensor(game + ".buffers");
    int height = (int) buffers.size(2);
    int width = (int) buffers.size(3);
    byte[] screens = Tensors.bytes8(buffers);
    byte[] expected = bytes(game, "obs");
    byte[] found = new byte[expected.length];
    AreaResize resize = AreaResize.of(width, height);
    int screen = width * height;
    for (int k = 0; k < found.length / PIXELS; k++) {
      byte[] first = Arrays.copyOfRange(screens, 2 * k * screen, (2 * k + 1) * screen);
      byte[] second = Arrays.copyOfRange(screens, (2 * k + 1) * screen, (2 * k + 2) * screen);
      resize.shrinkMax(first, second, found, k * PIXELS);
    }
    equal("env " + game, "resized frames", different(found, expected));
  }

  private void rollout(String game) {
    Rom rom;
    try {
      rom = roms.locate(Games.byName(game));
    } catch (InvalidInputException e) {
      results.add(
          new ParityResult("env " + game, "rollout", Double.NaN, 0, ParityResult.Status.SKIPPED));
      return;
    }
    long[] actions = Tensors.longs(golden.tensor(game + ".actions"));
    float[] rewards = Tensors.floats(golden.tensor(game + ".rewards"));
    float[] means = Tensors.floats(golden.tensor(game + ".obs_mean"));
    int seed = (int) Tensors.longs(golden.tensor(game + ".ale_seed"))[0];
    byte[] frames = new byte[(actions.length + 1) * PIXELS];
    int wrongRewards = 0;
    try (AtariEnv env = AtariEnv.create(rom, 0, seed)) {
      env.observation(frames, 0);
      for (int t = 0; t < actions.length; t++) {
        Step step = env.step((int) actions[t]);
        wrongRewards += (float) step.reward() == rewards[t] ? 0 : 1;
        env.observation(frames, (t + 1) * PIXELS);
      }
    }
    int wrongMeans = 0;
    for (int t = 0; t < means.length; t++) {
      wrongMeans += mean(frames, t) == means[t] ? 0 : 1;
    }
    long[] picked = Tensors.longs(golden.tensor(game + ".picked"));
    byte[] pickedFrames = new byte[picked.length * PIXELS];
    for (int k = 0; k < picked.length; k++) {
      System.arraycopy(frames, (int) picked[k] * PIXELS, pickedFrames, k * PIXELS, PIXELS);
    }
    equal("env " + game, "rollout rewards", wrongRewards);
    equal("env " + game, "rollout frame means", wrongMeans);
    equal("env " + game, "rollout frames", different(pickedFrames, bytes(game, "obs")));
  }

  private static float mean(byte[] frames, int t) {
    long sum = 0;
    for (int i = t * PIXELS; i < (t + 1) * PIXELS; i++) {
      sum += frames[i] & 0xFF;
    }
    return (float) ((double) sum / PIXELS);
  }

  private byte[] bytes(String game, String name) {
    return Tensors.bytes8(golden.tensor(game + "." + name));
  }

  private static int different(byte[] found, byte[] expected) {
    int count = Math.abs(found.length - expected.length);
    for (int i = 0; i < Math.min(found.length, expected.length); i++) {
      count += found[i] == expected[i] ? 0 : 1;
    }
    return count;
  }

  private void equal(String name, String quantity, int differences) {
    results.add(ParityResult.compared(name, quantity, differences, 0));
  }
}
