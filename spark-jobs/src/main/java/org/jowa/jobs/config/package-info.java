/**
 * The configuration of a run: presets, settings from the command line, their checks. What each
 * value means to the model is said in the presets under {@code conf/}; the run folder is elsewhere.
 */
@NullMarked
package org.jowa.jobs.config;

import org.jspecify.annotations.NullMarked;
