/**
 * The {@code diagnose} job: held-out play of each game through tokenizer and model, the verdict,
 * and {@code RUN/diagnosis.json}. The figures themselves live in the model module.
 */
@NullMarked
package org.jowa.jobs.diagnose;

import org.jspecify.annotations.NullMarked;
