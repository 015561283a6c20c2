/**
 * What a user sees while a long step runs: tasks count what they have done, the driver prints their
 * total progress, rate and remaining time.
 */
@NullMarked
package org.jowa.jobs.progress;

import org.jspecify.annotations.NullMarked;
