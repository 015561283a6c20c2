/**
 * Steps and decisions on made-up data, to measure with. Nothing of the product's training or play
 * depends on them.
 */
@NullMarked
package org.jowa.model.bench;

import org.jspecify.annotations.NullMarked;
