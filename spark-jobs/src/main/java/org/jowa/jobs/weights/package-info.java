/**
 * Weights of others into run folders, and those of run folders out for others. The files' formats
 * are the model module's business.
 */
package org.jowa.jobs.weights;
