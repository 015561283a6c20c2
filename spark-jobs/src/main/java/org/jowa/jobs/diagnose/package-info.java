/**
 * The {@code diagnose} job: held-out play of each game through tokenizer and model, the verdict,
 * and {@code RUN/diagnosis.json}. What the figures are is the model module's affair.
 */
@NullMarked
package org.jowa.jobs.diagnose;

import org.jspecify.annotations.NullMarked;
