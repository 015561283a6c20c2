/**
 * What an evaluation found: episodes, per-game results and aggregates, as kept in {@code
 * evaluation/<name>/summary.json}. Playing the episodes and showing the results happen elsewhere.
 *
 * <p>A component that is {@code null} is unknown and is written as JSON null; each record's Javadoc
 * says which ones may be.
 */
@NullMarked
package org.jowa.jobs.results;

import org.jspecify.annotations.NullMarked;
