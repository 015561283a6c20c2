/**
 * What a user sees while a long step runs: tasks count what they did, the driver prints how far all
 * of them are, at what rate, and when they will be done.
 */
@NullMarked
package org.jowa.jobs.progress;

import org.jspecify.annotations.NullMarked;
