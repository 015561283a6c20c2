/** The {@code bench} command: the speed of each part on this machine, beside its matrix product. */
@NullMarked
package org.jowa.jobs.bench;

import org.jspecify.annotations.NullMarked;
