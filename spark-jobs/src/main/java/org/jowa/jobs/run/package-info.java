/**
 * The run folder: where its parts lie and its {@code config.yaml}. The contents of checkpoints,
 * metrics and evaluations are up to those who write them.
 */
@NullMarked
package org.jowa.jobs.run;

import org.jspecify.annotations.NullMarked;
