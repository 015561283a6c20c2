/**
 * Data sets in Spark SQL: {@code spark.read().format("jowa").load(DATASET)}, on Spark 3.5 and 4.
 */
@NullMarked
package org.jowa.jobs.sql;

import org.jspecify.annotations.NullMarked;
