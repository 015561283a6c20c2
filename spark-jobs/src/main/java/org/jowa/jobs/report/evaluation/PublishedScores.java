package org.jowa.jobs.report.evaluation;

/**
 * The scores of whole episodes that papers normalise by (spec appendix B.1).
 *
 * @param random a uniformly random player
 * @param human a professional tester
 * @param dqn the last iteration of Dopamine's DQN
 */
public record PublishedScores(double random, double human, double dqn) {}
