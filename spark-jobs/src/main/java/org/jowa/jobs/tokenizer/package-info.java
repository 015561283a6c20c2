/** The {@code train-tokenizer} job. The loop of one rank is the model module's matter. */
@NullMarked
package org.jowa.jobs.tokenizer;

import org.jspecify.annotations.NullMarked;
