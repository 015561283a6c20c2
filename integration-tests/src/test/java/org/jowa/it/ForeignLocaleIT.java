package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole path for users whose locale writes other digits (Persian) or a comma before decimals
 * (German): the same bytes under the same names as in English.
 */
class ForeignLocaleIT {
  private static final String ENGLISH = "-Duser.language=en";
  private static final String PERSIAN =
      "-Duser.language=fa -Duser.country=IR -Duser.extensions=u-nu-arabext";
  private static final String GERMAN = "-Duser.language=de -Duser.country=DE";

  @TempDir private Path folder;

  @Test
  void otherDigitsChangeNoNameAndNoByte() throws IOException {
    SortedMap<String, String> english = produced("english", ENGLISH);
    assertThat(english.keySet())
        .contains("data/manifest.json", "run/tokenizer/checkpoints/step-00000004/state.json")
        .doesNotContain("run/tokenizer/checkpoints/step-00000002/state.json");
    assertThat(produced("persian", PERSIAN)).isEqualTo(english);
  }

  @Test
  void playIsRecordedInFilesThatAnybodyCanRead() throws IOException {
    jowa("play", PERSIAN)
        .run(
            "record",
            "--game=Pong",
            "--policy=random",
            "--steps=300",
            "--out=recorded",
            "--roms=" + Roms.folderOf("Pong"))
        .ok();
    Path actions = folder.resolve("play/recorded/Pong/1/replay_logs/$store$_action_ckpt.0.gz");
    try (InputStream npy = new GZIPInputStream(Files.newInputStream(actions))) {
      assertThat(new String(npy.readNBytes(128), StandardCharsets.ISO_8859_1))
          .contains("'shape': (300,)");
    }
  }

  @Test
  void decimalCommaDoesNotReachTheBench() {
    String line =
        jowa("bench", GERMAN)
            .run("bench", "env", "--roms", Roms.folderOf("Pong").toString())
            .ok()
            .out();
    assertThat(line).contains("\"bench\":\"env\"").matches("(?s).*\"median_ms\":\\d+\\.?\\d*,.*");
  }

  /** SHA-256 of all that ingest, training and training resumed leave, but for logs of times. */
  private SortedMap<String, String> produced(String name, String locale) {
    Jowa jowa = jowa(name, locale);
    jowa.run("ingest", "--source=" + Jowa.SAMPLE, "--games=Pong", "--lanes=2", "--out=data").ok();
    train(jowa, 2);
    assertThat(train(jowa, 4).err()).contains("Resuming from", "step-00000002");
    SortedMap<String, String> files = new TreeMap<>();
    for (String part : new String[] {"data", "run/tokenizer/checkpoints"}) {
      FileHashes.below(folder.resolve(name).resolve(part))
          .forEach((file, hash) -> files.put(part + "/" + file, hash));
    }
    return files;
  }

  private static Jowa.Result train(Jowa jowa, int steps) {
    return jowa.run(
            SmallTraining.tokenizer(
                "--data=data",
                "--run=run",
                "--ranks=1",
                "--set=tokenizer.steps=" + steps,
                "--set=checkpoint.every=2",
                "--set=checkpoint.keep=1",
                "--set=metrics.every=1",
                "--set=metrics.held-out-every=0"))
        .ok();
  }

  private Jowa jowa(String name, String locale) {
    try {
      Path own = Files.createDirectories(folder.resolve(name));
      return new Jowa(own)
          .with(Jowa.PROJECT.resolve("bin/jowa"), Map.of("JAVA_TOOL_OPTIONS", locale));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
