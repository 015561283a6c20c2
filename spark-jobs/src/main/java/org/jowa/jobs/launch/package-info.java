/**
 * How ranks that train together get onto Spark, in a barrier stage: started, watched, told to end,
 * and started again when one fails. What they do is the jobs' matter.
 */
package org.jowa.jobs.launch;
