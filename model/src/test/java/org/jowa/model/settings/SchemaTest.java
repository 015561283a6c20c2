package org.jowa.model.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;

class SchemaTest {
  /** What an oven can be set to. */
  @Section("")
  public record Oven(
      @Setting(value = "degrees", range = "[50, 250]") int heat,
      @Setting("turn the plate") boolean turnPlate,
      Grill grill) {}

  public enum Side {
    TOP,
    TOP_AND_BOTTOM
  }

  @Section("grill")
  public record Grill(
      @Setting(value = "where it is hot", before = "top") Side side,
      @Setting(value = "of the fan", key = "fan.speed", range = "(0, 1)", before = "0.5")
          double speed,
      @Setting("what is played when done") Optional<String> sound,
      int notASetting) {
    public Grill {
      if (side == Side.TOP && speed > 0.9) {
        throw new UsageException("grill.fan.speed is " + speed + " from above: use less");
      }
    }
  }

  private static final Schema<Oven> SCHEMA = Schema.of(Oven.class);

  private static Map<String, String> texts(String... others) {
    Map<String, String> texts = new TreeMap<>();
    texts.put("heat", "180");
    texts.put("turn-plate", "true");
    texts.put("grill.side", "top-and-bottom");
    texts.put("grill.fan.speed", "0.25");
    texts.put("grill.sound", null);
    for (String other : others) {
      texts.put(other.split("=")[0], other.split("=")[1]);
    }
    return texts;
  }

  private static Oven read(Map<String, String> texts) {
    return SCHEMA.read(texts, "a test", line -> {});
  }

  @Test
  void aLineInARecordIsAKeyThatIsReadCheckedExplainedAndWritten() {
    Oven oven = read(texts());
    assertThat(oven)
        .isEqualTo(new Oven(180, true, new Grill(Side.TOP_AND_BOTTOM, 0.25, Optional.empty(), 0)));
    assertThat(SCHEMA.texts(oven))
        .containsExactly(
            Map.entry("heat", "180"),
            Map.entry("turn-plate", "true"),
            Map.entry("grill.side", "top-and-bottom"),
            Map.entry("grill.fan.speed", "0.25"),
            Map.entry("grill.sound", "null"));
    assertThat(SCHEMA.keys()).extracting(Key::about).contains("degrees", "of the fan");
    assertThat(read(texts("grill.sound=bell.wav")).grill().sound()).contains("bell.wav");
  }

  @Test
  void whatIsWrongIsNamedWithTheKeyAndThePlace() {
    assertThatThrownBy(() -> read(texts("heat=251")))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "Configuration key heat in a test must be a whole number from 50 to 250, found '251'");
    assertThatThrownBy(() -> read(texts("grill.fan.speed=1")))
        .hasMessage(
            "Configuration key grill.fan.speed in a test must be a number above 0.0 and below 1.0,"
                + " found '1'");
    assertThatThrownBy(() -> read(texts("grill.side=left")))
        .hasMessageEndingWith("must be one of top, top-and-bottom, found 'left'");
    assertThatThrownBy(() -> read(texts("grill.sid=top")))
        .hasMessage("Unknown configuration key 'grill.sid' in a test; did you mean grill.side?");
    assertThatThrownBy(() -> read(texts("grill.side=top", "grill.fan.speed=0.95")))
        .hasMessage("Configuration in a test: grill.fan.speed is 0.95 from above: use less");
    Oven cold = new Oven(20, true, new Grill(Side.TOP, 0.5, Optional.empty(), 0));
    assertThatThrownBy(() -> SCHEMA.checked(cold, "here")).hasMessageContaining("found '20'");
  }

  @Test
  void youngerKeysMayBeMissingAndThenMeanWhatWasThereBefore() {
    Map<String, String> older = texts();
    older.keySet().removeAll(List.of("grill.side", "grill.fan.speed"));
    List<String> notes = new ArrayList<>();
    assertThat(SCHEMA.read(older, "a test", notes::add).grill())
        .isEqualTo(new Grill(Side.TOP, 0.5, Optional.empty(), 0));
    assertThat(notes)
        .containsExactly(
            "a test is older than some keys, going on with grill.side=top, grill.fan.speed=0.5");
    assertThat(SCHEMA.before("grill.side")).isEqualTo("top");
    assertThat(SCHEMA.before("heat")).isNull();
    older.remove("heat");
    assertThatThrownBy(() -> read(older)).hasMessageContaining("heat is missing in a test");
  }

  @Test
  void differencesAreNamedBySection() {
    Oven other = read(texts("heat=200", "grill.side=top"));
    assertThat(SCHEMA.differences(read(texts()), other, "grill")).containsExactly("grill.side");
    assertThat(SCHEMA.differences(other, other, "heat")).isEmpty();
  }
}
