/**
 * The {@code inspect} command: what is in a data set, and whether every byte is what the manifest
 * says.
 */
@NullMarked
package org.jowa.jobs.inspect;

import org.jspecify.annotations.NullMarked;
