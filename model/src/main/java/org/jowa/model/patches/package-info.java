/**
 * A dictionary of patches of frames, chosen by counting rather than by training. Turning frames
 * into tokens with it lives in {@code org.jowa.model.tokenizer}.
 */
@NullMarked
package org.jowa.model.patches;

import org.jspecify.annotations.NullMarked;
