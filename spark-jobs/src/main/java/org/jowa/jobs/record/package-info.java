/**
 * The {@code record} job: plays games in parallel and writes their logs. Emulator, policies and the
 * log's layout are elsewhere.
 */
package org.jowa.jobs.record;
