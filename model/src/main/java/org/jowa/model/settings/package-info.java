/**
 * The settings of models and their training, one record for each part of a configuration. The
 * packages that use them say what they do.
 */
@NullMarked
package org.jowa.model.settings;

import org.jspecify.annotations.NullMarked;
