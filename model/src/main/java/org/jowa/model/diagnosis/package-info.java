/**
 * Figures that tell whether a part of the model has learned anything, beside those of a trivial
 * baseline. Neither the parts themselves nor their training live here.
 */
@NullMarked
package org.jowa.model.diagnosis;

import org.jspecify.annotations.NullMarked;
