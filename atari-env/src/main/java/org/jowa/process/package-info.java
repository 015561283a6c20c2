/**
 * What a process takes over from whoever started it, and results must not depend on: the locale and
 * the character set of file names. Which environment a process is started with stands elsewhere.
 */
@NullMarked
package org.jowa.process;

import org.jspecify.annotations.NullMarked;
