package org.jowa.data.replay;

/**
 * Rows of a checkpoint's files that follow each other and belong to one episode. Most episodes are
 * one part; one that straddles files has a part in each.
 *
 * @param checkpoint number of the files
 * @param firstRow in the files
 * @param rows how many, at least 1
 * @param ends whether the last of them is terminal
 */
public record Part(int checkpoint, long firstRow, int rows, boolean ends) {}
