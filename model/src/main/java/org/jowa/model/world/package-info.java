/**
 * The world-action transformer: configuration, weights by the reference's names, and a training
 * pass whose backward is written out by hand. No loss lives here (see {@code org.jowa.model.loss})
 * and no token-by-token decoding (see {@code org.jowa.model.plan}).
 */
package org.jowa.model.world;
