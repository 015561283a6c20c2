package org.jowa.jobs.evaluate;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.jowa.jobs.parquet.PlainOutputFile;
import org.jowa.jobs.results.EpisodeResult;

/** {@code episodes.parquet}: a row for each episode, the random player's included. */
final class EpisodesFile {
  static final String NAME = "episodes.parquet";

  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message episodes {
            required binary game (STRING);
            required binary player (STRING);
            required int32 episode;
            required int64 seed;
            required double raw_return;
            required int32 steps;
            required boolean truncated;
          }
          """);

  private EpisodesFile() {}

  /** Replaces the file. */
  static void write(
      URI file, List<EpisodeResult> agent, List<EpisodeResult> random, Configuration hadoop)
      throws IOException {
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(PlainOutputFile.at(new Path(file), hadoop))
            .withConf(hadoop)
            .withType(SCHEMA)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .build()) {
      for (EpisodeResult episode : agent) {
        writer.write(row(episode, "agent"));
      }
      for (EpisodeResult episode : random) {
        writer.write(row(episode, "random"));
      }
    }
  }

  private static Group row(EpisodeResult episode, String player) {
    return new SimpleGroupFactory(SCHEMA)
        .newGroup()
        .append("game", episode.game())
        .append("player", player)
        .append("episode", episode.episode())
        .append("seed", episode.seed())
        .append("raw_return", episode.rawReturn())
        .append("steps", episode.steps())
        .append("truncated", episode.truncated());
  }
}
