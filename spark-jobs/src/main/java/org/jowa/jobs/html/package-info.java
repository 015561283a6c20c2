/**
 * The bricks of a page that opens offline: escaped elements, numbers as people read them, and
 * charts whose text keeps its size at any width. What a page tells is decided by its caller.
 */
@NullMarked
package org.jowa.jobs.html;

import org.jspecify.annotations.NullMarked;
