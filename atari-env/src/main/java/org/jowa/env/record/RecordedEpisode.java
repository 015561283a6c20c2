package org.jowa.env.record;

/**
 * What a recorded episode came to. Its raw return is what scores are compared by; the clipped one
 * is what its rows add up to.
 *
 * @param steps rows
 * @param rawReturn sum of the raw rewards
 * @param clippedReturn sum of the rewards in the log
 * @param truncated whether it was cut at the limit and not ended by the game
 */
public record RecordedEpisode(
    int steps, double rawReturn, double clippedReturn, boolean truncated) {}
