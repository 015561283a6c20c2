/**
 * The Spark application of one command: its settings, independent work in tasks, what tasks of one
 * process share, and its end. Ranks, which work together, are started elsewhere.
 */
@NullMarked
package org.jowa.jobs.spark;

import org.jspecify.annotations.NullMarked;
