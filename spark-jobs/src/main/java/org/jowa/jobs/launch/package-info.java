/**
 * Launches ranks that train together on Spark, in a barrier stage: starts them, watches them, shuts
 * them down, and restarts them when one fails. What they do is up to the jobs.
 */
@NullMarked
package org.jowa.jobs.launch;

import org.jspecify.annotations.NullMarked;
