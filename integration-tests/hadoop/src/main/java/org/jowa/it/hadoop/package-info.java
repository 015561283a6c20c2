/**
 * HDFS and YARN for tests, apart from everything else because Hadoop's own class path fits no
 * other.
 */
package org.jowa.it.hadoop;
