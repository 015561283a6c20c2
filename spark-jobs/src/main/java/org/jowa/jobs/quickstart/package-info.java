/**
 * The {@code quickstart} command: the whole path on one machine, through the same jobs that users
 * call.
 */
@NullMarked
package org.jowa.jobs.quickstart;

import org.jspecify.annotations.NullMarked;
