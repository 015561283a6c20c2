package org.jowa.it.hadoop;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * HDFS with one data node and YARN with node managers, in this JVM, until its standard input ends.
 * Its client configuration is written to {@code FOLDER/conf}.
 */
public final class MiniHadoop {
  private static final int NODE_MANAGERS = 2;

  /**
   * A driver and a rank with what a rank is granted by default; nothing is taken before it is used.
   */
  private static final int NODE_MEMORY_MIB = 6144;

  private MiniHadoop() {}

  /**
   * @param args the folder for its files
   */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]).toAbsolutePath();
    System.setProperty("test.build.data", folder.resolve("data").toString());
    System.setProperty("yarn.log.dir", folder.resolve("logs").toString());

    YarnConfiguration conf = new YarnConfiguration();
    conf.set("hadoop.tmp.dir", folder.resolve("scratch").toString());
    conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
    // The mini cluster has a setting of its own for it.
    conf.setInt(YarnConfiguration.YARN_MINICLUSTER_NM_PMEM_MB, NODE_MEMORY_MIB);
    conf.setInt("yarn.nodemanager.resource.cpu-vcores", 2);
    conf.setInt("yarn.scheduler.minimum-allocation-mb", 128);
    // Its answers would decide about pages that several containers share.
    conf.setBoolean("yarn.nodemanager.vmem-check-enabled", false);
    conf.setBoolean("yarn.nodemanager.pmem-check-enabled", false);
    conf.set("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99");
    // What containers said is evidence.
    conf.setInt("yarn.nodemanager.delete.debug-delay-sec", 3600);
    conf.setFloat("yarn.scheduler.capacity.maximum-am-resource-percent", 0.9f);

    MiniDFSCluster hdfs = new MiniDFSCluster.Builder(conf).numDataNodes(1).build();
    hdfs.waitActive();
    conf.set("fs.defaultFS", hdfs.getFileSystem().getUri().toString());
    MiniYARNCluster yarn = new MiniYARNCluster("yarn", NODE_MANAGERS, 1, 1);
    yarn.init(conf);
    yarn.start();
    if (!yarn.waitForNodeManagersToConnect(60_000)) {
      throw new IllegalStateException("Node managers didn't connect in a minute");
    }
    Configuration clients = new Configuration(yarn.getConfig());
    // The mini cluster's own class for racks is in none of a client's jars.
    clients.set(
        "net.topology.node.switch.mapping.impl", "org.apache.hadoop.net.ScriptBasedMapping");
    write(clients, Files.createDirectories(folder.resolve("conf")));
    System.out.println("Ready at " + conf.get("fs.defaultFS"));

    while (System.in.read() >= 0) {}
    yarn.stop();
    hdfs.shutdown(true);
  }

  private static void write(Configuration conf, Path folder) throws IOException {
    for (String name : new String[] {"core-site.xml", "hdfs-site.xml", "yarn-site.xml"}) {
      try (OutputStream out = Files.newOutputStream(folder.resolve(name))) {
        conf.writeXml(out);
      }
    }
  }
}
