package org.jowa.jobs.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JavaVersionsTest {
  @ParameterizedTest
  @CsvSource({
    "3.5.6, 17, true",
    "3.5.6, 21, false",
    "4.0.1, 21, true",
    "4.1.1, 17, true",
    "4.1.1, 25, false",
    "4.1.1, 16, false",
    "4.2.0-preview1, 25, true",
    "4.2.0, 26, false",
    "5.0.0, 29, true",
    "5.0.0, 11, false",
  })
  void sparkRunsOnTheVersionsThatItsDocumentationNames(String spark, int java, boolean fits) {
    assertThat(JavaVersions.fit(spark, java)).isEqualTo(fits);
  }

  @Test
  void anotherJavaIsRefusedInALineThatNamesThoseThatFit() {
    assertThatThrownBy(() -> JavaVersions.require("4.1.1", 25))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("This is Java 25 at " + System.getProperty("java.home"))
        .hasMessageContaining("Spark 4.1.1 runs on Java 17 or 21")
        .hasMessageContaining("JAVA_HOME");
  }
}
