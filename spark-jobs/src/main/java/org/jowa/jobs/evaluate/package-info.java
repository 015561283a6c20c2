/**
 * The {@code evaluate} job: agents play fixed groups of episodes in parallel tasks. What the scores
 * mean is the report's matter.
 */
package org.jowa.jobs.evaluate;
