/**
 * Building blocks of a page that opens offline: escaped elements, human-readable numbers, and
 * charts whose text keeps its size at any width. Callers decide what a page says.
 */
@NullMarked
package org.jowa.jobs.html;

import org.jspecify.annotations.NullMarked;
