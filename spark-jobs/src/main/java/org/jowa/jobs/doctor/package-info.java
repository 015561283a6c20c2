/**
 * Checks of the machine: what the jobs need, whether it is there, and what to do when it isn't.
 * Only the cache of ROMs may be filled on the way.
 */
@NullMarked
package org.jowa.jobs.doctor;

import org.jspecify.annotations.NullMarked;
