/** The {@code finetune} job: a trained model goes on with other games, in a run of its own. */
@NullMarked
package org.jowa.jobs.finetune;

import org.jspecify.annotations.NullMarked;
