/**
 * Steps and decisions on made-up data, to measure with. Nothing of the product's training or play
 * depends on them.
 */
package org.jowa.model.bench;
