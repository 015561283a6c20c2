/**
 * HDFS and YARN for tests, in a module of its own because Hadoop's class path is compatible with no
 * other.
 */
package org.jowa.it.hadoop;
