/** The {@code pretrain} job. The loop of one rank is the model module's matter. */
@NullMarked
package org.jowa.jobs.pretrain;

import org.jspecify.annotations.NullMarked;
