package org.jowa.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.jowa.jobs.results.EpisodeResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpisodesFileTest {
  @TempDir private Path folder;

  @Test
  void keepsEveryEpisodeWithItsPlayer() throws IOException {
    Path file = folder.resolve(EpisodesFile.NAME);
    EpisodesFile.write(
        file.toUri(),
        List.of(new EpisodeResult("Pong", 3, 42, -20.5, 1000, true)),
        List.of(new EpisodeResult("Pong", 3, 42, -21, 812, false)),
        new Configuration());

    List<Group> rows = new ArrayList<>();
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), new org.apache.hadoop.fs.Path(file.toUri()))
            .build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        rows.add(row);
      }
    }

    assertThat(rows).hasSize(2);
    Group agent = rows.get(0);
    assertThat(agent.getString("game", 0)).isEqualTo("Pong");
    assertThat(agent.getString("player", 0)).isEqualTo("agent");
    assertThat(agent.getInteger("episode", 0)).isEqualTo(3);
    assertThat(agent.getLong("seed", 0)).isEqualTo(42);
    assertThat(agent.getDouble("raw_return", 0)).isEqualTo(-20.5);
    assertThat(agent.getInteger("steps", 0)).isEqualTo(1000);
    assertThat(agent.getBoolean("truncated", 0)).isTrue();
    assertThat(rows.get(1).getString("player", 0)).isEqualTo("random");
    assertThat(rows.get(1).getBoolean("truncated", 0)).isFalse();
  }
}
