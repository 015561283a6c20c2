package org.jowa.jobs.results;

import java.io.Serializable;

/**
 * One episode of play.
 *
 * @param game canonical name
 * @param episode index within the game's episodes of this evaluation, from 0
 * @param seed of the episode's emulator and policy draws
 * @param rawReturn sum of the emulator's unclipped rewards, those of the final step included
 * @param steps agent steps (one step is four emulator frames)
 * @param truncated true if the step limit ended the episode, so that the return is that of a part
 */
public record EpisodeResult(
    String game, int episode, long seed, double rawReturn, int steps, boolean truncated)
    implements Serializable {}
