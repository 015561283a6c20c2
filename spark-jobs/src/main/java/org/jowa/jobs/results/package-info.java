/**
 * What an evaluation found: episodes, per-game results and aggregates, as kept in {@code
 * evaluation/<name>/summary.json}. Playing the episodes and showing the results happen elsewhere.
 *
 * <p>A component that is {@code null} is not known and is written as JSON null; the Javadoc of each
 * record says which may be.
 */
@NullMarked
package org.jowa.jobs.results;

import org.jspecify.annotations.NullMarked;
