package org.jowa.jobs.pretrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.LocalSpark;
import org.jowa.jobs.SmallRun;
import org.jowa.jobs.config.Config;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class PretrainJobTest {
  private static final int CODES = 16;
  private static final Config CONFIG = SmallRun.config("tokenizer.codebook-size=" + CODES);

  @TempDir static Path folder;
  @RegisterExtension static final LocalSpark SPARK = LocalSpark.tasks(1);

  /** Its embeddings would stand for other pictures, and nothing else would tell. */
  @Test
  void weightsThatKnowAnotherTokenizersCodesAreRefused() {
    TorchRuntime.init();
    String data =
        SmallRun.dataset(
            folder,
            "data",
            0.25,
            1,
            60,
            step -> new SmallRun.Played(0, 0, step % 20 == 19),
            "Pong");
    String codes = folder.resolve("codes").toString();
    tokenizer(codes, 1);
    String other = folder.resolve("other").toString();
    String otherHash = tokenizer(other, 2);
    try (WorldActionModel model =
        WorldActionModel.create(CONFIG.settings().world().withCodes(CODES).model(), 1)) {
      SmallRun.checkpoint(
          other + "/model/checkpoints",
          "stage2",
          Map.of("tokenizer", otherHash),
          model.parameters());
    }
    String weights = other + "/model/checkpoints/step-00000005";
    Path run = folder.resolve("run");
    PretrainJob job = new PretrainJob(data, run.toString(), CONFIG, 1, codes, Optional.of(weights));
    assertThatThrownBy(() -> job.run(SPARK.jobs()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(weights + " was trained with tokenizer " + otherHash)
        .hasMessageContaining("--tokenizer");
    assertThat(run).doesNotExist();
  }

  private static String tokenizer(String run, long seed) {
    try (Tokenizer tokenizer = Tokenizer.create(new TokenizerConfig(4, 8, 8, CODES), seed)) {
      SmallRun.checkpoint(
          run + "/tokenizer/checkpoints", "tokenizer", Map.of(), tokenizer.parameters());
      return tokenizer.hash();
    }
  }
}
