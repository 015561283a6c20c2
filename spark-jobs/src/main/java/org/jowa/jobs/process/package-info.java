/**
 * What drivers and executors are started with on every kind of cluster: their environment, the
 * version of Java, and a name for their user. Nothing here needs Spark's classes, since the front
 * end, which starts drivers, runs without them.
 */
@NullMarked
package org.jowa.jobs.process;

import org.jspecify.annotations.NullMarked;
