/**
 * The data set: Arrow shards of frames in lanes of whole episodes, token shards beside them, and a
 * manifest that is written last. Making one from replay logs is here too; the order in which
 * training sees it and the filling of batches are not.
 */
package org.jowa.data.dataset;
