/**
 * The tokens of a data set's frames by one tokenizer, in shards beside those of the frames:
 * written, read, verified. The tokenizer itself is not here.
 */
@NullMarked
package org.jowa.data.tokens;

import org.jspecify.annotations.NullMarked;
