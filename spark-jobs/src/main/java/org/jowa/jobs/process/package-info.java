/**
 * What processes of ours are started with, drivers and executors on every kind of cluster: their
 * environment, the version of Java, and a name for their user. Nothing here needs Spark's classes,
 * since the front, which starts drivers, runs without them.
 */
@NullMarked
package org.jowa.jobs.process;

import org.jspecify.annotations.NullMarked;
