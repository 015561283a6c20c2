/**
 * Files of a data set on the local disk of the machine that reads them: copies of shards that lie
 * elsewhere, shared by all processes of the machine and bounded in size, and memory mappings that
 * are bounded too. What is in the files belongs to {@code org.jowa.data.dataset}.
 */
@NullMarked
package org.jowa.data.cache;

import org.jspecify.annotations.NullMarked;
