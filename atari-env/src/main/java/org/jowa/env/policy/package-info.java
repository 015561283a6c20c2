/**
 * Policies without learning, to record play with: random, scripted, and mixtures. Agents that plan
 * with a model live elsewhere.
 */
@NullMarked
package org.jowa.env.policy;

import org.jspecify.annotations.NullMarked;
