package org.jowa.model.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;

/**
 * The categorical distribution over returns: atoms, and the projection of a shifted distribution
 * back onto them (spec section 3.2, item 5).
 */
public final class C51 {
  private final Tensor atoms;
  private final double lowest;
  private final double highest;
  private final double step;

  private C51(Tensor atoms, double lowest, double highest, double step) {
    this.atoms = atoms;
    this.lowest = lowest;
    this.highest = highest;
    this.step = step;
  }

  /** The atoms of a model on the CPU. They live as long as the open step scope. */
  public static C51 of(WorldConfig config) {
    return of(config, Device.CPU);
  }

  /** The atoms of a model on its device. They live as long as the open step scope. */
  public static C51 of(WorldConfig config, Device device) {
    // As the reference computes them: values rounded otherwise move the projection by 1e-6.
    Tensor atoms =
        torch.linspace(
            new Scalar(config.valueMin()), new Scalar(config.valueMax()), config.atoms());
    return new C51(device.put(atoms), config.valueMin(), config.valueMax(), config.atomStep());
  }

  /** The returns that the probabilities belong to, {@code [atoms]}. */
  public Tensor atoms() {
    return atoms;
  }

  /** Where the atoms go in one step, not clipped: {@code r + gamma z}, {@code [n, atoms]}. */
  public Tensor support(Tensor rewards, Tensor discounts) {
    return rewards.unsqueeze(1).add(discounts.unsqueeze(1).mul(atoms));
  }

  /**
   * The distribution of {@code r + gamma Z} on the atoms; mass beyond either end goes to that end.
   *
   * @param rewards {@code [n]}
   * @param discounts 0 at terminal steps, {@code [n]}
   * @param next distribution of Z, {@code [n, atoms]}
   * @return {@code [n, atoms]}, rows sum to 1 if those of {@code next} do
   */
  public Tensor project(Tensor rewards, Tensor discounts, Tensor next) {
    Tensor clipped =
        support(rewards, discounts)
            .clamp(new ScalarOptional(new Scalar(lowest)), new ScalarOptional(new Scalar(highest)));
    Tensor distance = clipped.unsqueeze(1).sub(atoms.view(1, -1, 1)).abs();
    Tensor share =
        distance
            .div(new Scalar(-step))
            .add(new Scalar(1.0))
            .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0)));
    return share.mul(next.unsqueeze(1)).sum(-1);
  }
}
