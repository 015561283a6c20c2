package org.jowa.model.optim;

/**
 * How one parameter group is optimised.
 *
 * @param learningRate positive
 * @param weightDecay decoupled decay per unit of learning rate; 0 makes AdamW plain Adam
 */
public record GroupSettings(double learningRate, double weightDecay) {
  /** Left as it is. */
  public static final GroupSettings FROZEN = new GroupSettings(0, 0);

  /** Checks the ranges. */
  public GroupSettings {
    if (!(learningRate >= 0) || !(weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "Learning rate "
              + learningRate
              + " and weight decay "
              + weightDecay
              + " can't be negative");
    }
  }
}
