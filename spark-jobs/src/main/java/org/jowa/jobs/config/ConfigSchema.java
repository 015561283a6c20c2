package org.jowa.jobs.config;

import static org.jowa.jobs.config.ConfigKey.choice;
import static org.jowa.jobs.config.ConfigKey.decimal;
import static org.jowa.jobs.config.ConfigKey.file;
import static org.jowa.jobs.config.ConfigKey.flag;
import static org.jowa.jobs.config.ConfigKey.integer;
import static org.jowa.jobs.config.ConfigKey.mix;
import static org.jowa.jobs.config.ConfigKey.word;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;
import org.jowa.model.settings.Objective;
import org.jowa.model.torch.Precision;

/** All configuration keys, in the order in which files list them. */
final class ConfigSchema {
  private static final long MANY = 1_000_000_000L;

  private static final String[] PRECISIONS =
      Stream.of(Precision.values()).map(Precision::toString).toArray(String[]::new);

  private static final String[] OBJECTIVES =
      Stream.of(Objective.values()).map(Objective::toString).toArray(String[]::new);

  private static final List<ConfigKey> ALL =
      List.of(
          integer("seed", 0, Integer.MAX_VALUE),
          mix("data.mix"),
          decimal("data.mix-temperature", 1e-3, 1e9),
          choice("data.episodes", "mixed", "expert"),
          integer("data.segment-stride", 0, 64),
          integer("data.mapped-mib", 1, MANY),
          file("data.cache.directory"),
          integer("data.cache.gib", 1, 1_000_000),
          choice("tokenizer.kind", "vq-vae", "patches"),
          integer("tokenizer.channels", 2, 1024),
          integer("tokenizer.latent-channels", 2, 4096),
          integer("tokenizer.embedding-dim", 1, 4096),
          // Token shards hold unsigned 16-bit ids.
          integer("tokenizer.codebook-size", 2, 65_536),
          integer("tokenizer.steps", 0, MANY),
          choice("tokenizer.joint", "none", "stage1", "all"),
          integer("tokenizer.batch-size", 1, 1_000_000),
          decimal("tokenizer.learning-rate", 0, 1),
          decimal("tokenizer.clip-norm", 0, 1e6),
          file("tokenizer.perceptual-weights"),
          choice("tokenizer.precision", PRECISIONS),
          choice("tokenizer.background", "none", "median"),
          choice("tokenizer.code-update", "gradient", "ema"),
          decimal("tokenizer.code-decay", 0, 1),
          choice("tokenizer.code-distance", "euclidean", "cosine"),
          choice("tokenizer.code-start", "random", "data"),
          decimal("tokenizer.code-revival", 0, 1),
          decimal("tokenizer.loss.l1", 0, 1e3),
          decimal("tokenizer.loss.l2", 0, 1e3),
          decimal("tokenizer.loss.worst-pixel", 0, 1e3),
          decimal("tokenizer.loss.moving-pixels", 0, 1e3),
          decimal("tokenizer.loss.commitment", 0, 1e3),
          integer("world.layers", 1, 200),
          integer("world.heads", 1, 256),
          integer("world.width", 2, 16_384),
          integer("world.q-width", 1, 16_384),
          integer("world.q-heads", 1, 64),
          integer("world.blocks", 1, 64),
          decimal("world.dropout.embedding", 0, 0.99),
          decimal("world.dropout.attention", 0, 0.99),
          decimal("world.dropout.residual", 0, 0.99),
          decimal("world.dropout.q-head", 0, 0.99),
          flag("world.use-task-embedding"),
          flag("world.q-loss-backwards-world-model"),
          choice("world.td-loss", "c51", "mse"),
          integer("world.atoms", 2, 1001),
          decimal("world.value-min", -1e6, 1e6),
          decimal("world.value-max", -1e6, 1e6),
          decimal("world.discount", 0, 1),
          choice("world.objective", OBJECTIVES),
          choice("world.penalty", "cql", "combo", "none"),
          decimal("world.penalty-weight", 0, 1e3),
          flag("world.random-ensemble-mixture"),
          integer("world.n-step", 0, 64),
          choice("world.state", "token", "frame"),
          integer("world.neighbourhood.steps", 0, MANY),
          integer("world.neighbourhood.batch-size", 1, 1_000_000),
          decimal("world.neighbourhood.learning-rate", 0, 1),
          integer("world.neighbourhood.width", 1, 16_384),
          integer("world.behaviour.steps", 0, MANY),
          integer("world.behaviour.batch-size", 1, 1_000_000),
          decimal("world.behaviour.learning-rate", 0, 1),
          integer("world.behaviour.width", 1, 16_384),
          decimal("world.demonstrations", 1e-3, 1),
          decimal("world.support", 0, 1),
          decimal("world.supervised-weight", 0, 1e3),
          integer("world.target-update-every", 1, MANY),
          integer("world.imagination.batch-size", 0, 1_000_000),
          integer("world.imagination.after", 0, MANY),
          integer("world.imagination.every", 1, MANY),
          integer("world.imagination.refresh-every", 1, MANY),
          integer("world.imagination.capacity", 1, 10_000_000),
          integer("world.imagination.beam-width", 1, 18),
          integer("world.imagination.horizon", 1, 63),
          choice("world.imagination.mode", "repaired", "reference"),
          integer("world.batch-size", 1, 1_000_000),
          integer("world.micro-batch-size", 0, 1_000_000),
          decimal("world.weight-decay", 0, 1),
          decimal("world.clip-norm", 0, 1e6),
          integer("world.stage1.steps", 0, MANY),
          decimal("world.stage1.learning-rate", 0, 1),
          integer("world.stage2.steps", 0, MANY),
          decimal("world.stage2.learning-rate", 0, 1),
          decimal("world.stage2.q-learning-rate", 0, 1),
          choice("world.precision", PRECISIONS),
          integer("gradients.bucket-mib", 1, 1024),
          flag("gradients.overlap"),
          integer("checkpoint.every", 1, MANY),
          integer("checkpoint.keep", 1, 10_000),
          integer("metrics.every", 1, MANY),
          integer("metrics.held-out-every", 0, MANY),
          integer("metrics.held-out-batches", 1, MANY),
          file("metrics.mlflow"),
          word("metrics.mlflow-experiment"),
          integer("diagnose.frames", 1, 1_000_000),
          integer("diagnose.episodes", 1, 1_000_000),
          integer("diagnose.sequences", 1, 1_000_000),
          decimal("diagnose.tokenizer.recall", 0, 1),
          decimal("diagnose.tokenizer.l1", 0, 1e3),
          decimal("diagnose.world.changed-tokens", 0, 1),
          decimal("diagnose.rewards.recall", 0, 1),
          decimal("diagnose.q.correlation", -1, 1),
          decimal("diagnose.q.commonest-action", 0, 1),
          integer("launch.max-restarts", 0, 1_000_000),
          integer("launch.slots-wait-seconds", 0, 1_000_000),
          integer("launch.stall-report-seconds", 1, 1_000_000),
          integer("launch.stall-timeout-seconds", 1, 1_000_000),
          integer("launch.grace-seconds", 0, 1_000_000));

  /**
   * What keys meant before there were any, as text: configurations that are older than a key don't
   * have it.
   */
  private static final Map<String, String> YOUNGER =
      Map.ofEntries(
          Map.entry("data.mix", "natural"),
          Map.entry("data.mix-temperature", "1"),
          Map.entry("data.episodes", "mixed"),
          Map.entry("data.segment-stride", "0"),
          Map.entry("data.mapped-mib", "1024"),
          Map.entry("data.cache.directory", "null"),
          Map.entry("data.cache.gib", "64"),
          Map.entry("tokenizer.kind", "vq-vae"),
          Map.entry("tokenizer.joint", "none"),
          Map.entry("tokenizer.precision", "fp32"),
          Map.entry("tokenizer.background", "none"),
          Map.entry("tokenizer.code-update", "gradient"),
          Map.entry("tokenizer.code-decay", "0.99"),
          Map.entry("tokenizer.code-distance", "euclidean"),
          Map.entry("tokenizer.code-start", "random"),
          Map.entry("tokenizer.code-revival", "0"),
          Map.entry("tokenizer.loss.l1", "1"),
          Map.entry("tokenizer.loss.l2", "0"),
          Map.entry("tokenizer.loss.worst-pixel", "0"),
          Map.entry("tokenizer.loss.moving-pixels", "1"),
          Map.entry("tokenizer.loss.commitment", "1"),
          Map.entry("world.objective", "cql"),
          Map.entry("world.n-step", "1"),
          Map.entry("world.state", "token"),
          Map.entry("world.neighbourhood.steps", "0"),
          Map.entry("world.neighbourhood.batch-size", "16"),
          Map.entry("world.neighbourhood.learning-rate", "0.003"),
          Map.entry("world.neighbourhood.width", "32"),
          Map.entry("world.behaviour.steps", "0"),
          Map.entry("world.behaviour.batch-size", "512"),
          Map.entry("world.behaviour.learning-rate", "0.003"),
          Map.entry("world.behaviour.width", "64"),
          Map.entry("world.demonstrations", "1"),
          Map.entry("world.support", "0"),
          Map.entry("world.imagination.batch-size", "0"),
          Map.entry("world.imagination.after", "20000"),
          Map.entry("world.imagination.every", "1"),
          Map.entry("world.imagination.refresh-every", "1000"),
          Map.entry("world.imagination.capacity", "10000"),
          Map.entry("world.imagination.beam-width", "2"),
          Map.entry("world.imagination.horizon", "2"),
          Map.entry("world.imagination.mode", "repaired"),
          Map.entry("world.precision", "fp32"),
          Map.entry("gradients.bucket-mib", "16"),
          Map.entry("gradients.overlap", "false"),
          Map.entry("metrics.mlflow", "null"),
          Map.entry("metrics.mlflow-experiment", "jowa"),
          Map.entry("diagnose.frames", "512"),
          Map.entry("diagnose.episodes", "32"),
          Map.entry("diagnose.sequences", "512"),
          Map.entry("diagnose.tokenizer.recall", "0.9"),
          Map.entry("diagnose.tokenizer.l1", "1"),
          Map.entry("diagnose.world.changed-tokens", "0.8"),
          Map.entry("diagnose.rewards.recall", "0.5"),
          Map.entry("diagnose.q.correlation", "0.2"),
          Map.entry("diagnose.q.commonest-action", "0.9"),
          Map.entry("launch.max-restarts", "10"),
          Map.entry("launch.slots-wait-seconds", "120"),
          Map.entry("launch.stall-report-seconds", "30"),
          Map.entry("launch.stall-timeout-seconds", "300"),
          Map.entry("launch.grace-seconds", "20"));

  private static final Map<String, ConfigKey> BY_NAME = byName();

  private ConfigSchema() {}

  private static Map<String, ConfigKey> byName() {
    Map<String, ConfigKey> keys = new LinkedHashMap<>();
    ALL.forEach(key -> keys.put(key.name(), key));
    return keys;
  }

  /** Whether a configuration may lack the key. */
  static boolean isYounger(ConfigKey key) {
    return YOUNGER.containsKey(key.name());
  }

  /** What a configuration without the key means. */
  static Object valueBefore(ConfigKey key) {
    return key.parse(YOUNGER.get(key.name()), "a configuration without it");
  }

  static List<ConfigKey> keys() {
    return ALL;
  }

  /**
   * @throws UsageException if there is no such key; the message has the nearest
   */
  static ConfigKey key(String name, String where) {
    ConfigKey key = BY_NAME.get(name);
    if (key == null) {
      throw new UsageException(
          "Unknown configuration key '%s' in %s%s"
              .formatted(name, where, Suggestion.didYouMean(name, BY_NAME.keySet())));
    }
    return key;
  }
}
