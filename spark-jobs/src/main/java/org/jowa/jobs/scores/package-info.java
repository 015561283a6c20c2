/**
 * The two aggregates of normalised scores that go by the name IQM, with bootstrap intervals.
 * Nothing here knows where scores come from or how they are shown.
 */
@NullMarked
package org.jowa.jobs.scores;

import org.jspecify.annotations.NullMarked;
