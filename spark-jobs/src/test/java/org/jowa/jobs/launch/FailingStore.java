package org.jowa.jobs.launch;

import java.io.IOException;
import java.net.URI;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local disk under another scheme, which fails in a way that can be chosen. */
public final class FailingStore extends RawLocalFileSystem {
  private static volatile Supplier<? extends Throwable> failure = () -> null;

  /** A configuration that knows {@code failing://host}. */
  static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.setClass("fs.failing.impl", FailingStore.class, FileSystem.class);
    return configuration;
  }

  /** From now on every look at a file ends so; null for none. */
  static void failWith(Supplier<? extends Throwable> next) {
    failure = next;
  }

  @Override
  public URI getUri() {
    return URI.create("failing://host");
  }

  @Override
  public String getScheme() {
    return "failing";
  }

  @Override
  public FSDataInputStream open(Path file, int bufferSize) throws IOException {
    fail();
    return super.open(file, bufferSize);
  }

  @Override
  public FileStatus getFileStatus(Path file) throws IOException {
    fail();
    return super.getFileStatus(file);
  }

  /** Local disks answer this one without a look at the file's status. */
  @Override
  public boolean exists(Path file) throws IOException {
    fail();
    return super.exists(file);
  }

  @Override
  public FileStatus[] listStatus(Path folder) throws IOException {
    fail();
    return super.listStatus(folder);
  }

  private static void fail() throws IOException {
    Throwable next = failure.get();
    if (next instanceof IOException e) {
      throw e;
    }
    if (next instanceof RuntimeException e) {
      throw e;
    }
  }
}
