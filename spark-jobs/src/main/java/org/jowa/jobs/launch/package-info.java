/**
 * How work gets onto Spark: the settings that every job makes, independent tasks over a list of
 * units, and ranks that train together in a barrier stage. What the tasks do is the jobs' matter.
 */
package org.jowa.jobs.launch;
