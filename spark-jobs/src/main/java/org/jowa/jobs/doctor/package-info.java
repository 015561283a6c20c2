/**
 * Checks of the machine: what the jobs need, whether it is there, and what to do if it isn't. The
 * only side effect is filling the ROM cache.
 */
@NullMarked
package org.jowa.jobs.doctor;

import org.jspecify.annotations.NullMarked;
