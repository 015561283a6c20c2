/**
 * The {@code import-weights} and {@code export-weights} jobs: foreign weights into run folders, and
 * those of run folders out. The model module knows the file formats.
 */
@NullMarked
package org.jowa.jobs.weights;

import org.jspecify.annotations.NullMarked;
