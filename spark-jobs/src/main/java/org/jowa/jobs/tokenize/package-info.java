/**
 * The {@code tokenize} job: one task for each shard of frames. The tokenizer is the model module's.
 */
package org.jowa.jobs.tokenize;
