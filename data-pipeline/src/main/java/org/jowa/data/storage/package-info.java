/**
 * Files on any Hadoop FileSystem: local disks, HDFS and object stores alike, with writes that
 * appear whole or not at all. What the files hold is the business of the packages that use it.
 */
@NullMarked
package org.jowa.data.storage;

import org.jspecify.annotations.NullMarked;
