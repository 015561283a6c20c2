/**
 * The {@code play} command: one episode for people to look at, with what the agent saw and imagined
 * beside it. Scores are the evaluation's matter.
 */
package org.jowa.jobs.play;
