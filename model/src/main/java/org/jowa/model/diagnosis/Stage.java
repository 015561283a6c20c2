package org.jowa.model.diagnosis;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a run trains, in the order in which one stage builds on the one before. */
public enum Stage {
  /** Frames become tokens. */
  TOKENIZER("tokenizer"),
  /** Tokens of the next frame. */
  WORLD("world model"),
  /** Rewards and ends of episodes. */
  REWARDS("rewards and ends"),
  /** The Q-function. */
  Q("Q-function"),
  /** What the greedy action is worth. */
  POLICY("policy");

  private final String words;

  Stage(String words) {
    this.words = words;
  }

  /** As people call it. */
  public String words() {
    return words;
  }

  /** As options and files call it. */
  @JsonValue
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
