/**
 * The {@code record} job: plays games in parallel and writes their logs. Emulator, policies and the
 * log's layout are elsewhere.
 */
@NullMarked
package org.jowa.jobs.record;

import org.jspecify.annotations.NullMarked;
