/** The {@code bench} command: how fast the parts are on this machine, beside its matrix product. */
@NullMarked
package org.jowa.jobs.bench;

import org.jspecify.annotations.NullMarked;
