package org.jowa.data.dataset;

import org.jspecify.annotations.Nullable;

/**
 * A checkpoint of a log that an ingest left out because a file of it is missing or damaged.
 *
 * @param file its full name
 * @param reason where in the file and why
 * @param episodes how many, wholly or partly in it, are missing from the data set; null where a
 *     file was so damaged that they couldn't be counted
 */
public record SkippedSource(
    String game, int run, int checkpoint, String file, String reason, @Nullable Integer episodes) {}
