package org.jowa.jobs.finetune;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.jobs.SmallRun;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.Trained;
import org.jowa.model.world.WorldActionModel;

/** Made-up play of two games, and a model that has seen one of them. */
final class FinetuneFixture {
  static final Configuration HADOOP = new Configuration();
  static final int CODES = 16;
  private static final int STEPS = 240;
  private static final int EPISODE = 12;

  private final Path folder;
  private final String data;
  private final String source;

  /** Makes both in a folder. */
  FinetuneFixture(Path folder) {
    TorchRuntime.init();
    this.folder = folder;
    String pretrained = ingested("pretrained", 1, "Breakout");
    this.data = ingested("data", 1, "Pong", "Breakout");
    this.source = source("source", pretrained);
  }

  /** URI of the data set of both games. */
  String data() {
    return data;
  }

  /** URI of the run that has seen Breakout alone. */
  String source() {
    return source;
  }

  FinetuneStart start(Map<String, String> borrowed) {
    return new FinetuneStart(source, Optional.empty(), source, borrowed);
  }

  /** Every 10th step has a reward. */
  String ingested(String name, int lanes, String... games) {
    return SmallRun.dataset(
        folder,
        name,
        0.25,
        lanes,
        STEPS,
        step ->
            new SmallRun.Played(
                step / 3 % 4, step % 10 == 9 ? 1 : 0, step % EPISODE == EPISODE - 1),
        games);
  }

  static Config sizes() {
    return SmallRun.config(
        "world.discount=0.9",
        "tokenizer.channels=4",
        "tokenizer.latent-channels=8",
        "tokenizer.embedding-dim=8",
        "tokenizer.codebook-size=" + CODES);
  }

  String source(String name, String trainedOn, String... settings) {
    String made = folder.resolve(name).toString();
    RunFolder run = RunFolder.at(made, HADOOP);
    run.record(sizes().with(List.of(settings)), Trained.WORLD, Map.of(RunFolder.DATA, trainedOn));
    try (Tokenizer tokenizer = Tokenizer.create(new TokenizerConfig(4, 8, 8, CODES), 1)) {
      SmallRun.checkpoint(
          run.layout().checkpoints(Trained.TOKENIZER),
          "tokenizer",
          Map.of(),
          tokenizer.parameters());
      SmallRun.checkpoint(
          run.layout().checkpoints(Trained.WORLD),
          "stage2",
          Map.of("tokenizer", tokenizer.hash()),
          WorldActionModel.create(modelOf(settings), 3).parameters());
    }
    return made;
  }

  static WorldConfig modelOf(String... settings) {
    return sizes().with(List.of(settings)).settings().world().withCodes(CODES).model();
  }
}
