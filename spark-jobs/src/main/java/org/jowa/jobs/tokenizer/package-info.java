/** The {@code train-tokenizer} job. The loop of one rank lives in the model module. */
@NullMarked
package org.jowa.jobs.tokenizer;

import org.jspecify.annotations.NullMarked;
