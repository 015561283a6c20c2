/**
 * Players that need no learning, to record play with: random, scripted, and mixtures. Agents that
 * plan with a model live elsewhere.
 */
package org.jowa.env.policy;
