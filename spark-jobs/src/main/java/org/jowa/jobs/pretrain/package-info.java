/** The {@code pretrain} job. The loop of one rank lives in the model module. */
@NullMarked
package org.jowa.jobs.pretrain;

import org.jspecify.annotations.NullMarked;
