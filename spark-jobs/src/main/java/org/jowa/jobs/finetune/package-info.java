/** The {@code finetune} job: trains a copy of a model on other games, in a run of its own. */
@NullMarked
package org.jowa.jobs.finetune;

import org.jspecify.annotations.NullMarked;
