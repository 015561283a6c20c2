/**
 * The {@code tokenize} job: one task for each shard of frames. The tokenizer itself lives in the
 * model module.
 */
@NullMarked
package org.jowa.jobs.tokenize;

import org.jspecify.annotations.NullMarked;
