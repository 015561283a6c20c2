package org.jowa.jobs.evaluate;

import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Safetensors;
import org.jspecify.annotations.Nullable;

/**
 * What a plan plays with: a model, the tokenizer that it was trained with, and what both say about
 * play.
 *
 * @param config of the run that trained the model
 * @param support of actions that are taken, as a plan has it; null for the model's own
 */
public record TrainedAgent(
    Config config, Checkpoint model, TrainedTokenizer tokenizer, @Nullable Double support) {
  /**
   * Reads a plan's run.
   *
   * @throws InvalidInputException if run, checkpoint or tokenizer is missing, or they don't belong
   *     together
   */
  public static TrainedAgent of(EvaluationPlan plan, Configuration hadoop) {
    RunFolder run = RunFolder.at(plan.run(), hadoop);
    Config config =
        run.requireConfig("train with bin/jowa pretrain --run %s first".formatted(plan.run()));
    Checkpoint model = run.model(Optional.ofNullable(plan.checkpoint()));
    TrainedTokenizer tokenizer =
        TrainedTokenizer.of(
            TrainedTokenizer.checkpointFor(model, plan.run(), plan.tokenizerRun(), hadoop));
    tokenizer.requireOf(model, "name the run of the right one with --tokenizer");
    return new TrainedAgent(config, model, tokenizer, plan.support());
  }

  /**
   * The model's sizes, and which actions it may take.
   *
   * @throws UsageException if a support is asked of a model that doesn't know what players do
   */
  public WorldConfig world() {
    return world(config, tokenizer.codebookSize(), support);
  }

  /** The same where only the config is at hand. */
  static WorldConfig world(Config config, int codebookSize, @Nullable Double support) {
    WorldConfig world = config.settings().world().withCodes(codebookSize).model();
    if (support == null) {
      return world;
    }
    if (support > 0 && world.behaviourWidth() == 0) {
      throw new UsageException(
          "--support %s needs a model that knows what the players do, and this one was trained with world.behaviour.steps=0: leave it out"
              .formatted(support));
    }
    return world.withSupport(support);
  }

  /** Parameters of the model, the target head among them. */
  long parameters() {
    try (Safetensors weights = model.model()) {
      return weights.tensors().values().stream().mapToLong(Tensor::numel).sum();
    }
  }

  /** The discount that the model was trained with. */
  double discount() {
    return discount(model.state(), config);
  }

  /**
   * A plan with what its command line left open as this model has it.
   *
   * @throws UsageException if what it gives is past the model's
   */
  public EvaluationPlan fit(EvaluationPlan plan) {
    return plan.with(world(), discount());
  }

  /**
   * The discount that a model was trained with: its checkpoint says so, else the run's settings.
   */
  public static double discount(CheckpointState model, Config run) {
    String trained = model.settings().get("world.discount");
    return trained == null
        ? run.settings().world().qLoss().discount()
        : Double.parseDouble(trained);
  }
}
