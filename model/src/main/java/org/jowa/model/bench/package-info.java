/**
 * Training steps and decisions on synthetic data, to measure with. Nothing in the product's
 * training or play depends on them.
 */
@NullMarked
package org.jowa.model.bench;

import org.jspecify.annotations.NullMarked;
