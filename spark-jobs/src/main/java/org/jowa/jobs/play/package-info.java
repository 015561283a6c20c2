/**
 * The {@code play} command: one episode for people to look at, with what the agent saw and imagined
 * beside it. Scores are up to the evaluation.
 */
@NullMarked
package org.jowa.jobs.play;

import org.jspecify.annotations.NullMarked;
