/**
 * The {@code tokenize} job: one task for each shard of frames. The tokenizer is the model module's.
 */
@NullMarked
package org.jowa.jobs.tokenize;

import org.jspecify.annotations.NullMarked;
