/**
 * Files and locks on any Hadoop FileSystem: local disks, HDFS and object stores alike, with atomic
 * writes. What the files hold is up to the packages that use it.
 */
@NullMarked
package org.jowa.data.storage;

import org.jspecify.annotations.NullMarked;
