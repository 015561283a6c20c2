package org.jowa.jobs.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorTest {
  @Test
  void goesOnToItsLastLineWhateverFails() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    boolean healthy =
        Doctor.examine(
            new PrintStream(printed, true, StandardCharsets.UTF_8),
            List.of(
                new Doctor.Check("one", DoctorTest::classThatCannotBeLoaded),
                new Doctor.Check("two", DoctorTest::mistake),
                new Doctor.Check("three", () -> Finding.ok("three", "fine"))));
    assertThat(healthy).isFalse();
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .hasSize(4)
        .satisfiesExactly(
            line -> assertThat(line).startsWith("MISSING").contains("one", "no such library"),
            line -> assertThat(line).startsWith("MISSING").contains("two", "no such thing"),
            line -> assertThat(line).startsWith("ok").contains("three"),
            line -> assertThat(line).startsWith("Something is missing"));
  }

  @Test
  void namesTheJavaThatSparkRunsOn() {
    assertThat(Doctor.java("4.1.1", 17).toString())
        .startsWith("ok")
        .contains("Spark 4.1.1 runs on Java 17 or 21");
    assertThat(Doctor.java("4.1.1", 25).toString())
        .startsWith("MISSING")
        .contains("Spark 4.1.1 runs on Java 17 or 21", "JAVA_HOME");
  }

  private static Finding classThatCannotBeLoaded() {
    throw new ExceptionInInitializerError(new java.io.IOException("no such library"));
  }

  private static Finding mistake() {
    throw new IllegalStateException("no such thing");
  }
}
