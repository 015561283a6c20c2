/**
 * Sweeps: many trainings that differ in settings and seeds, each an ordinary run, and a report of
 * their scores. What a sweep's file says is read by the command line.
 */
@NullMarked
package org.jowa.jobs.sweep;

import org.jspecify.annotations.NullMarked;
