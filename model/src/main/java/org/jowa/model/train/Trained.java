package org.jowa.model.train;

import java.util.Set;
import org.jowa.model.settings.WorldStage;

/** What is trained, by a command of its own each; fine-tuning trains a {@link #WORLD} on. */
public enum Trained {
  /** Frames to tokens and back. */
  TOKENIZER("tokenizer", "tokenizer"),
  /** The world-action model. */
  WORLD("world", "model");

  private final String section;
  private final String folder;

  Trained(String section, String folder) {
    this.section = section;
    this.folder = folder;
  }

  /** Its section of the configuration. */
  public String section() {
    return section;
  }

  /** Its folder within a run folder. */
  public String folder() {
    return folder;
  }

  /** Folder of its checkpoints within a run folder. */
  public String checkpoints() {
    return folder + "/checkpoints";
  }

  /** Stages of its training, as metrics name them. */
  public Set<String> stages() {
    return this == TOKENIZER ? Set.of(TokenizerLearner.STAGE) : WorldStage.names();
  }

  /** What a training of this one leaves as it was. */
  public Trained other() {
    return this == TOKENIZER ? WORLD : TOKENIZER;
  }
}
