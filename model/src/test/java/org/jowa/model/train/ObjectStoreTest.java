package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.model.checkpoint.ObjectStore;
import org.junit.jupiter.api.Test;

/** A run folder where nothing can be renamed, appended to or seen before it is closed. */
class ObjectStoreTest extends TrainingTests {
  private ToyTraining onObjects() {
    ToyTraining training = new ToyTraining(folder.resolve("objects"));
    training.storedAsObjects();
    training.keep = 1;
    return training;
  }

  @Test
  void aRunKilledAndResumedThereEndsInTheSameBitsAsOnALocalDisk() throws IOException {
    ToyTraining local = new ToyTraining(folder.resolve("local"));
    local.results();

    for (long death : new long[] {0, 7, 11}) {
      ToyTraining died = onObjects();
      died.disturbance = ToyTraining.Disturbance.deathOfRank1(death);
      assertThat(died.outcomes()).allSatisfy(o -> assertThat(o.error()).isNotNull());
    }
    ToyTraining resumed = onObjects();
    assertThat(resumed.results().get(0).stepsNow()).isEqualTo(2);

    for (String file : ToyTraining.FILES) {
      assertThat(resumed.checkpoint(12).resolve(file))
          .hasSameBinaryContentAs(local.checkpoint(12).resolve(file));
    }
    assertThat(resumed.checkpoint(10)).doesNotExist();
    assertThat(steps(resumed)).isEqualTo(steps(local));
  }

  private static List<Long> steps(ToyTraining training) throws IOException {
    return training.metrics().stream().map((JsonNode line) -> line.get("step").asLong()).toList();
  }

  @Test
  void aSmallFileCanBeReplacedThere() {
    Storage run = Storage.at("store://" + folder, ObjectStore.addTo(new Configuration(false)));
    for (String content : List.of("first", "second")) {
      WholeFiles.write(run, "config.yaml", content.getBytes(StandardCharsets.UTF_8));
      assertThat(folder.resolve("config.yaml")).hasContent(content);
    }
    assertThat(folder.toFile().list()).containsExactly("config.yaml");
  }
}
