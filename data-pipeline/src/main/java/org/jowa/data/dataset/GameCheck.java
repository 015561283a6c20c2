package org.jowa.data.dataset;

/**
 * What reading all rows of a game found.
 *
 * @param rows that were read
 * @param observationSha256 over the stored frames, run after run in the order of play
 */
public record GameCheck(String game, long rows, String observationSha256) {}
