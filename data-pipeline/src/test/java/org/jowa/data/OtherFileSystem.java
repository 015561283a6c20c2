package org.jowa.data;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local disk under another scheme, which refuses to rename over a file as HDFS does. */
public final class OtherFileSystem extends RawLocalFileSystem {
  /** A configuration that knows {@code other://host}. */
  public static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.setClass("fs.other.impl", OtherFileSystem.class, FileSystem.class);
    return configuration;
  }

  @Override
  public URI getUri() {
    return URI.create("other://host");
  }

  @Override
  public String getScheme() {
    return "other";
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    return !exists(to) && super.rename(from, to);
  }
}
