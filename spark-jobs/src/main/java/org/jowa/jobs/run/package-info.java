/**
 * The run folder: where its parts lie and its {@code config.yaml}. What is in checkpoints, metrics
 * and evaluations is the business of those who write them.
 */
@NullMarked
package org.jowa.jobs.run;

import org.jspecify.annotations.NullMarked;
