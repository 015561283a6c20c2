/**
 * The report of a run: reads a run folder and writes one page that opens offline, with the same
 * facts as JSON and Markdown. It computes no score and trains nothing: what is not in the folder is
 * said to be missing.
 */
@NullMarked
package org.jowa.jobs.report;

import org.jspecify.annotations.NullMarked;
