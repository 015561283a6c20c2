/**
 * Checks of the machine: what the jobs need, whether it is there, and what to do when it isn't.
 * Nothing here changes the machine.
 */
package org.jowa.jobs.doctor;
