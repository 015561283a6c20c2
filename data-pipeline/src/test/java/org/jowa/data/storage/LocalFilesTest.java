package org.jowa.data.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class LocalFilesTest {
  /** A device on which every write fails for want of space. */
  private static final File FULL = new File("/dev/full");

  @TempDir private java.nio.file.Path folder;

  static boolean hasFullDevice() {
    return FULL.canWrite();
  }

  @Test
  @EnabledIf("hasFullDevice")
  void fullDiskIsAnIoExceptionWithItsReason() throws IOException {
    Path file = new Path(FULL.getPath());
    FileSystem files = LocalFiles.plain(local());
    FSDataOutputStream out = files.append(file, 4096, null);
    out.write(new byte[100]);
    assertThatThrownBy(out::hflush)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No space left on device");
    assertThatThrownBy(out::close).isInstanceOf(IOException.class);

    // What Hadoop itself makes of it; should that change, this class has nothing left to do.
    FSDataOutputStream raw = local().getRaw().append(file, 4096, null);
    raw.write(new byte[100]);
    assertThatThrownBy(raw::hflush).isInstanceOf(FSError.class);
  }

  @Test
  void filesAreWrittenInPlaceAndGrow() throws IOException {
    FileSystem files = LocalFiles.plain(local());
    Path file = new Path(folder.resolve("a").toString());
    try (FSDataOutputStream out = files.create(file, false)) {
      assertThat(out.hasCapability(StreamCapabilities.HSYNC)).isTrue();
      out.write(new byte[3]);
      out.hsync();
      assertThat(Files.size(folder.resolve("a"))).isEqualTo(3);
    }
    try (FSDataOutputStream out = files.append(file)) {
      assertThat(out.getPos()).isEqualTo(3);
      out.write(new byte[2]);
    }
    assertThat(folder).isDirectoryNotContaining("glob:**.crc");
    assertThat(Files.size(folder.resolve("a"))).isEqualTo(5);
  }

  private static LocalFileSystem local() throws IOException {
    return FileSystem.getLocal(new Configuration(false));
  }
}
