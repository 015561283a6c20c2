/** The {@code train-tokenizer} job. The loop of one rank is the model module's matter. */
package org.jowa.jobs.tokenizer;
