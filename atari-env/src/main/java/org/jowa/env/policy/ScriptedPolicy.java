package org.jowa.env.policy;

import java.util.random.RandomGenerator;
import org.jowa.env.AtariEnv;
import org.jspecify.annotations.Nullable;

/** The script that suits the game. */
final class ScriptedPolicy implements Policy {
  private @Nullable Policy script;

  @Override
  public int act(AtariEnv env, RandomGenerator random) {
    if (script == null) {
      script =
          switch (env.game().name()) {
            case "Pong" -> new PongPolicy();
            case "Breakout" -> new BreakoutPolicy();
            default -> new LookaheadPolicy();
          };
    }
    return script.act(env, random);
  }

  @Override
  public boolean remembers() {
    return script == null || script.remembers();
  }

  @Override
  public void reset() {
    if (script != null) {
      script.reset();
    }
  }
}
