/**
 * The configuration of a run: presets, settings from the command line, their checks. The presets
 * under {@code conf/} explain each value; the run folder is elsewhere.
 */
@NullMarked
package org.jowa.jobs.config;

import org.jspecify.annotations.NullMarked;
