/**
 * What can be set of models and their training, one record for each part of a configuration. What
 * is done with it stands in the packages that do it.
 */
@NullMarked
package org.jowa.model.settings;

import org.jspecify.annotations.NullMarked;
