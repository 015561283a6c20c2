/**
 * The {@code sweep} job: many trainings that differ in settings and seeds, each an ordinary run,
 * and a report of their scores. The command line reads a sweep's file.
 */
@NullMarked
package org.jowa.jobs.sweep;

import org.jspecify.annotations.NullMarked;
