/**
 * The {@code evaluate} job: agents play fixed groups of episodes in parallel tasks. What the scores
 * mean is up to the report.
 */
@NullMarked
package org.jowa.jobs.evaluate;

import org.jspecify.annotations.NullMarked;
