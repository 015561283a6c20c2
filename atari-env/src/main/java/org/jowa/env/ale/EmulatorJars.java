package org.jowa.env.ale;

import org.jowa.error.UsageException;

/**
 * Whether the emulator's jars are there. ALE is GPL-2, so that our archive and images are made
 * without it, and whoever wants to play adds it.
 *
 * <p>Touches no class of JavaCPP, so that it may be used before torch is up.
 */
public final class EmulatorJars {
  private static final String BINDING = "/org/bytedeco/ale/global/ale.class";

  private EmulatorJars() {}

  /**
   * @throws UsageException if they are not on the class path; says how to add them
   */
  public static void requirePresent() {
    if (EmulatorJars.class.getResource(BINDING) == null) {
      throw missing();
    }
  }

  /** The mistake of asking to play without them. */
  public static UsageException missing() {
    return new UsageException(
        "The Atari emulator (ALE, GPL-2) is left out of this installation, and this command plays:"
            + " run deploy/bin/add-ale once where bin/jowa is, and in the image that the nodes"
            + " run, or build with -Djowa.ale=true");
  }
}
