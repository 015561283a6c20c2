/** The {@code finetune} job: a trained model goes on with other games, in a run of its own. */
package org.jowa.jobs.finetune;
