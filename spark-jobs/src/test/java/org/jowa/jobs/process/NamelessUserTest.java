package org.jowa.jobs.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamelessUserTest {
  @TempDir private Path folder;

  /** As of a JVM that runs under a user id without an entry in passwd. */
  private final Properties nameless = new Properties();

  NamelessUserTest() {
    nameless.setProperty("user.name", "?");
    nameless.setProperty("user.home", "?");
    nameless.setProperty("java.io.tmpdir", "/temporary");
  }

  @AfterEach
  void logInAnew() {
    UserGroupInformation.setLoginUser(null);
  }

  @Test
  void hadoopIsToldANameMadeOfTheIdOrTheOneThatTheUserGives() throws IOException {
    NamelessUser.name(nameless, Map.of());
    assertThat(UserGroupInformation.getCurrentUser().getShortUserName()).matches("user-\\d+");

    NamelessUser.name(nameless, Map.of("HADOOP_USER_NAME", "somebody"));
    assertThat(UserGroupInformation.getCurrentUser().getShortUserName()).isEqualTo("somebody");
  }

  @Test
  void whoeverHasANameKeepsIt() throws IOException {
    NamelessUser.name(System.getProperties(), Map.of());
    assertThat(UserGroupInformation.getCurrentUser().getShortUserName())
        .isEqualTo(System.getProperty("user.name"));
  }

  @Test
  void homeFolderIsTheEnvironmentsIfItCanBeWritten() {
    assertThat(NamelessUser.home(nameless, Map.of("HOME", folder.toString()))).contains(folder);
    assertThat(NamelessUser.home(nameless, Map.of("HOME", "/nonexistent")))
        .contains(Path.of("/temporary"));
    assertThat(NamelessUser.home(System.getProperties(), Map.of("HOME", "/x"))).isEmpty();
  }
}
