/**
 * The {@code diagnose} job: held-out play of each game through tokenizer and model, the verdict,
 * and {@code RUN/diagnosis.json}. What the figures are is the model module's affair.
 */
package org.jowa.jobs.diagnose;
