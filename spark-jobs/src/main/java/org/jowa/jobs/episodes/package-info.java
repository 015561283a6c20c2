/**
 * Play that others recorded into logs that an ingest reads. Reading its files is done elsewhere.
 */
package org.jowa.jobs.episodes;
