package org.jowa.it.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be told of the images' files without an engine to build them. */
class DockerfileTest {
  private static final Path PROJECT = Path.of(System.getProperty("jowa.project"));

  /** Top level of the archive, as its assembly lays it out. */
  private static final List<String> ARCHIVE =
      List.of(
          "LICENSE",
          "NOTICE",
          "THIRD-PARTY.txt",
          "README.md",
          "bin",
          "conf",
          "deploy",
          "docs",
          "lib");

  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile", "Dockerfile.gpu"})
  void imageCopiesWhatTheArchiveHasAndRunsAsNobodySpecial(String name) throws IOException {
    List<String> lines =
        Files.readString(PROJECT.resolve("deploy/docker").resolve(name))
            .replace("\\\n", " ")
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    assertThat(lines)
        .allMatch(
            line -> line.matches("(ARG|FROM|USER|WORKDIR|COPY|SHELL|RUN|ENV|ENTRYPOINT) .*"),
            "an instruction");
    List<String> copied =
        lines.stream()
            .filter(line -> line.startsWith("COPY ") && !line.contains("--from="))
            .map(line -> line.substring("COPY ".length()))
            .flatMap(
                words -> List.of(words.split(" ")).subList(0, words.split(" ").length - 1).stream())
            .toList();
    assertThat(copied).contains("lib", "LICENSE", "NOTICE").isSubsetOf(ARCHIVE);
    assertThat(lines.stream().filter(line -> line.startsWith("USER ")).reduce((a, b) -> b))
        .hasValue("USER 185");
    assertThat(lines).contains("ARG ALE=false");
    List<String> stages =
        lines.stream()
            .filter(line -> line.matches("FROM .* AS .*"))
            .map(line -> line.replaceFirst(".* AS ", ""))
            .toList();
    assertThat(lines.stream().filter(line -> line.startsWith("COPY --from=")))
        .allSatisfy(
            line -> assertThat(stages).contains(line.replaceFirst("COPY --from=(\\S+) .*", "$1")));
  }
}
