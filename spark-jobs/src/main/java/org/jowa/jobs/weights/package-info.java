/**
 * Weights of others into run folders, and those of run folders out for others. The files' formats
 * are the model module's business.
 */
@NullMarked
package org.jowa.jobs.weights;

import org.jspecify.annotations.NullMarked;
