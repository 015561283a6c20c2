package org.jowa.model.loss;

/**
 * Mean losses (spec section 3).
 *
 * @param observation cross-entropy of the next observation token
 * @param reward cross-entropy of the reward's sign
 * @param end cross-entropy of the terminal flag
 * @param td temporal-difference loss; 0 in stage 1
 * @param penalty conservative penalty, its weight included; 0 without one
 * @param total what is minimised: the first three times the supervised weight, plus the others
 * @param logSumExpQ mean log-sum-exp of Q over all actions
 * @param dataQ mean Q of the actions that were taken
 * @param cloning cross-entropy of the behaviour network with those; 0 where it isn't trained
 */
public record WorldLosses(
    double observation,
    double reward,
    double end,
    double td,
    double penalty,
    double total,
    double logSumExpQ,
    double dataQ,
    double cloning) {}
