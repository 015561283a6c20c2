/** The {@code bench} command: how fast the parts are on this machine, beside its matrix product. */
package org.jowa.jobs.bench;
