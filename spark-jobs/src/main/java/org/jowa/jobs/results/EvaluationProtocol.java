package org.jowa.jobs.results;

/**
 * The rules that the episodes were played by.
 *
 * @param name {@code jowa} or {@code machado}
 * @param stickyActions probability that the emulator repeats the last action
 * @param protocolSteps the protocol's own limit of agent steps an episode
 * @param maxSteps the limit that was used
 */
public record EvaluationProtocol(
    String name, double stickyActions, int protocolSteps, int maxSteps) {

  /** True if episodes were cut shorter than the protocol says. */
  public boolean shortened() {
    return maxSteps < protocolSteps;
  }
}
