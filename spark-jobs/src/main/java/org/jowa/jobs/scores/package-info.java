/**
 * Aggregates of normalised scores, both kinds of IQM among them, with bootstrap intervals. Nothing
 * here knows where scores come from or how they are shown.
 */
@NullMarked
package org.jowa.jobs.scores;

import org.jspecify.annotations.NullMarked;
