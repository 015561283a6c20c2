/**
 * The run folder: where its parts lie and its {@code config.yaml}. What is in checkpoints, metrics
 * and evaluations is the business of those who write them.
 */
package org.jowa.jobs.run;
