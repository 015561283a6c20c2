/**
 * The Spark application of one command: its settings, independent tasks, what the tasks of one
 * process share, and its shutdown. Ranks, which work together, are started elsewhere.
 */
@NullMarked
package org.jowa.jobs.spark;

import org.jspecify.annotations.NullMarked;
