package org.jowa.data.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;

class LocationsTest {
  private final Configuration configuration = new Configuration();

  @Test
  void relativePathStartsWhereTheCommandWasGiven() {
    configuration.set(Locations.WORKING_DIRECTORY, "/home/someone");
    assertThat(Locations.resolve("runs/first", configuration))
        .isEqualTo(new Path("/home/someone/runs/first"));
    assertThat(Locations.resolve("/data", configuration)).isEqualTo(new Path("/data"));
    assertThat(Locations.resolve("file:///data", configuration))
        .isEqualTo(new Path("file:///data"));
  }

  @Test
  void relativePathStaysAsItIsInOneProcess() {
    assertThat(Locations.resolve("runs/first", configuration)).isEqualTo(new Path("runs/first"));
  }

  @Test
  void relativePathOfAnotherFileSystemIsThatOnesMatter() {
    configuration.set(Locations.WORKING_DIRECTORY, Locations.NONE);
    configuration.set("fs.defaultFS", "viewfs://cluster/");
    configuration.set("fs.viewfs.mounttable.cluster.link./user", "file:///users");
    assertThat(Locations.resolve("runs/first", configuration)).isEqualTo(new Path("runs/first"));
  }

  @Test
  void aColonThatIsTakenForAFileSystemIsExplained() {
    assertThatThrownBy(() -> Locations.resolve("x:y", configuration))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'x:y'")
        .hasMessageContaining("before the colon")
        .hasMessageContaining("full path");
    assertThat(Locations.resolve("/data/x:y", configuration)).isEqualTo(new Path("/data/x:y"));
  }

  @Test
  void relativePathWithoutAFolderToStartFromIsRefused() {
    configuration.set(Locations.WORKING_DIRECTORY, Locations.NONE);
    assertThatThrownBy(() -> Locations.resolve("runs/first", configuration))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("runs/first is a relative path")
        .hasMessageContaining("full path");
  }
}
