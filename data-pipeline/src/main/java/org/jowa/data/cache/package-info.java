/**
 * Files of a data set on the local disk of the machine that reads them: copies of remote shards,
 * shared by all processes of the machine, and memory mappings, both bounded in size. The contents
 * of the files belong to {@code org.jowa.data.dataset}.
 */
@NullMarked
package org.jowa.data.cache;

import org.jspecify.annotations.NullMarked;
