package org.jowa.model.train;

import java.util.EnumMap;
import java.util.Map;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.settings.WorldStage;
import org.jowa.model.torch.ParameterGroup;

/** How fast each group of a world-action model's weights learns at a step. */
final class LearningRates {
  private LearningRates() {}

  /** What a stage doesn't train has no gradients either: the optimizer leaves it alone. */
  static Map<ParameterGroup, GroupSettings> at(WorldSettings settings, long step) {
    Map<ParameterGroup, GroupSettings> groups = new EnumMap<>(ParameterGroup.class);
    for (ParameterGroup group : ParameterGroup.values()) {
      if (group.isTrainable()) {
        groups.put(group, GroupSettings.FROZEN);
      }
    }
    double decay = settings.weightDecay();
    WorldStage stage = settings.stage(step);
    long inStage = step - settings.start(stage);
    switch (stage) {
      case BEHAVIOUR ->
          groups.put(
              ParameterGroup.BEHAVIOUR,
              new GroupSettings(settings.behaviour().learningRate(step), /* weightDecay= */ 0));
      case NEIGHBOURHOOD -> {
        double rate = settings.neighbourhood().learningRate(inStage);
        putTransformer(groups, rate, /* decay= */ 0);
        if (settings.loss(stage).trainsQ()) {
          groups.put(ParameterGroup.Q, new GroupSettings(rate, 0));
        }
      }
      case STAGE1 -> putTransformer(groups, settings.stage1().learningRate(), decay);
      case STAGE2 -> {
        putTransformer(groups, settings.stage2().learningRate(), decay);
        groups.put(ParameterGroup.Q, new GroupSettings(settings.stage2().qLearningRate(), decay));
      }
    }
    return groups;
  }

  private static void putTransformer(
      Map<ParameterGroup, GroupSettings> groups, double rate, double decay) {
    groups.put(ParameterGroup.DECAY, new GroupSettings(rate, decay));
    groups.put(ParameterGroup.NO_DECAY, new GroupSettings(rate, 0));
  }
}
