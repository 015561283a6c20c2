/**
 * The {@code quickstart} command: the whole path on one machine, by the same jobs that users call.
 */
package org.jowa.jobs.quickstart;
