/**
 * What a process inherits from whoever started it and results must not depend on: the locale and
 * the character set of file names. The environment that processes are started with is set
 * elsewhere.
 */
@NullMarked
package org.jowa.process;

import org.jspecify.annotations.NullMarked;
