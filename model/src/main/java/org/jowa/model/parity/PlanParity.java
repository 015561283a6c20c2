package org.jowa.model.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.model.plan.BranchCache;
import org.jowa.model.plan.ContextCache;
import org.jowa.model.plan.Imagination;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;

/**
 * Compares decoding and planning with golden vectors: cached against uncached passes, rollouts of
 * tokens, traces of beam and tree searches. Cases are found in the set, none is known by name.
 */
public final class PlanParity {
  private static final String MODEL = "jowa_q1";
  private static final double CACHE_TOLERANCE = 1e-5;
  private static final double MARGIN = 1e-3;
  private static final int FRAME = WorldConfig.FRAME_TOKENS;
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;

  private final GoldenSet golden;
  private final GoldenModel models;
  private final List<ParityResult> results = new ArrayList<>();

  private PlanParity(GoldenSet golden) {
    this.golden = golden;
    this.models = new GoldenModel(golden);
  }

  /**
   * Runs every case that the set has.
   *
   * @param golden folder of the set
   * @throws org.jowa.error.InvalidInputException if a file of the set cannot be read
   */
  public static List<ParityResult> run(Path golden) {
    PlanParity parity = new PlanParity(GoldenSet.open(golden));
    try (StepScope scope = StepScope.inference()) {
      if (parity.golden.has("kv_cache")) {
        parity.keyValueCache();
      }
      if (parity.golden.has("rollout_tokens")) {
        parity.rollouts();
      }
      parity.beams();
      parity.treeSearches();
    }
    return List.copyOf(parity.results);
  }

  private void keyValueCache() {
    try (GoldenDecoder model = GoldenDecoder.load(models, MODEL);
        Safetensors cached = golden.read("kv_cache");
        Safetensors whole = golden.read(MODEL + "_logits");
        Safetensors batches = golden.read("batches")) {
      int[][] tokens = GoldenTensors.rows(whole.tensor("tokens"));
      int[] games = GoldenTensors.ints(batches.tensor("main.envs"));
      int[] chunks = GoldenTensors.ints(cached.tensor("chunks"));
      Tensor output = inChunks(model.decoder(), tokens, games, chunks);
      compare("output_sequence", output, cached.tensor("output_sequence"));
      WorldDecoder decoder = model.decoder();
      compareHead("logits_observations", decoder.observationLogits(flat(output)), whole, 0);
      compareHead("logits_rewards", decoder.rewardLogits(flat(output)), whole, FRAME);
      compareHead("logits_ends", decoder.endLogits(flat(output)), whole, FRAME);
      Tensor q = decoder.qLogits(flat(output));
      compareHead("logits_q", q.select(0, 0), whole, FRAME - 1);
    }
  }

  /** Feeds sequences as the golden run did, and gives the outputs [n, length, E]. */
  private static Tensor inChunks(WorldDecoder decoder, int[][] tokens, int[] games, int[] chunks) {
    List<Tensor> outputs = new ArrayList<>();
    WorldDecoder.Prefilled context =
        decoder.prefillAll(GoldenTensors.columns(tokens, 0, chunks[0]), games);
    outputs.add(bySequence(context.output(), tokens.length));
    int rest = Arrays.stream(chunks).sum() - chunks[0];
    try (ContextCache cache = context.cache();
        BranchCache branches = decoder.branch(cache, 1, rest)) {
      int at = chunks[0];
      for (int i = 1; i < chunks.length; i++) {
        int[] fed = GoldenTensors.flat(GoldenTensors.columns(tokens, at, at + chunks[i]));
        int[] starts = new int[tokens.length];
        Arrays.fill(starts, at - chunks[0]);
        outputs.add(bySequence(decoder.advance(branches, fed, starts, starts), tokens.length));
        at += chunks[i];
      }
    }
    return torch.cat(new TensorVector(outputs.toArray(Tensor[]::new)), 1);
  }

  /** A head's logits at the positions that it reads; the observation head reads all but one. */
  private void compareHead(String name, Tensor logits, Safetensors whole, int offset) {
    Tensor expected = whole.tensor(name);
    Tensor uncached = name.equals("logits_q") ? expected.select(0, 0) : expected;
    long n = uncached.size(0);
    Tensor blocks = logits.view(n, logits.size(0) / n / BLOCK, BLOCK, logits.size(1));
    Tensor read =
        offset > 0
            ? blocks.select(2, offset)
            : torch
                .cat(
                    new TensorVector(blocks.narrow(2, 0, FRAME - 1), blocks.narrow(2, FRAME, 1)), 2)
                .view(n, -1, logits.size(1));
    compare(name, read, uncached);
  }

  private void compare(String quantity, Tensor ours, Tensor expected) {
    double worst = torch.max(torch.abs(torch.sub(ours, expected))).item_float();
    results.add(ParityResult.compared("kv_cache", quantity, worst, CACHE_TOLERANCE));
  }

  private void rollouts() {
    try (GoldenDecoder model = GoldenDecoder.load(models, MODEL);
        Safetensors rollouts = golden.read("rollout_tokens");
        Safetensors whole = golden.read(MODEL + "_logits");
        Safetensors batches = golden.read("batches")) {
      int[][] tokens = GoldenTensors.rows(whole.tensor("tokens"));
      int[] games = GoldenTensors.ints(batches.tensor("main.envs"));
      teacherForcing(model, tokens, games, GoldenTensors.rows(rollouts.tensor("teacher_forcing")));
      int[][] expected = GoldenTensors.rows(rollouts.tensor("autoregressive"));
      autoregressive(
          "one token a pass", Imagination.tokenByToken(model.decoder()), model, games, expected);
      autoregressive(
          "speculative", Imagination.speculative(model.decoder()), model, games, expected);
    }
  }

  private void teacherForcing(GoldenDecoder model, int[][] tokens, int[] games, int[][] expected) {
    WorldDecoder.Prefilled whole = model.decoder().prefillAll(tokens, games);
    whole.cache().close();
    int[] predicted = WorldDecoder.argmax(model.decoder().observationLogits(whole.output()));
    double worst = 0;
    for (int row = 0; row < tokens.length; row++) {
      int read = 0;
      for (int p = 0; p < tokens[row].length && read < expected[row].length; p++) {
        if (p % BLOCK == FRAME - 1) {
          continue;
        }
        int ours = predicted[row * tokens[row].length + p];
        int golden = expected[row][read++];
        if (ours != golden) {
          int[] before = Arrays.copyOf(tokens[row], p + 1);
          worst = Math.max(worst, model.logitGap(before, games[row], ours, golden));
        }
      }
    }
    results.add(ParityResult.compared("rollout_tokens", "teacher forcing", worst, MARGIN));
  }

  private void autoregressive(
      String how, Imagination imagination, GoldenDecoder model, int[] games, int[][] expected) {
    int blocks = expected[0].length / BLOCK;
    int given = model.decoder().config().blocks() / 2;
    int n = expected.length;
    int[][] context = GoldenTensors.columns(expected, 0, given * BLOCK - 1);
    int[][] previous =
        GoldenTensors.columns(expected, given * BLOCK - 1 - FRAME, given * BLOCK - 1);
    double worst = 0;
    WorldDecoder.Prefilled prefilled = model.decoder().prefill(context, games);
    boolean[] apart = new boolean[n];
    try (ContextCache cache = prefilled.cache();
        BranchCache branches = model.decoder().branch(cache, 1, (blocks - given) * BLOCK)) {
      for (int block = given; block < blocks; block++) {
        int action = block * BLOCK - 1;
        int[] actions = GoldenTensors.flat(GoldenTensors.columns(expected, action, action + 1));
        previous = imagination.step(branches, (block - given) * BLOCK, actions, previous).tokens();
        for (int row = 0; row < n; row++) {
          int[] frame = Arrays.copyOfRange(expected[row], action + 1, action + 1 + FRAME);
          int first = Arrays.mismatch(previous[row], frame);
          if (first >= 0 && !apart[row]) {
            // From here on the two rollouts are of different worlds.
            apart[row] = true;
            int[] before = Arrays.copyOf(expected[row], action + 1 + first);
            worst =
                Math.max(
                    worst, model.logitGap(before, games[row], previous[row][first], frame[first]));
          }
        }
      }
    }
    results.add(ParityResult.compared("rollout_tokens", "autoregressive, " + how, worst, MARGIN));
  }

  private void beams() {
    compareSearches(
        "beam",
        (search, traces, decoder, game) -> new BeamParity(search, traces, decoder, game).run());
  }

  private void treeSearches() {
    compareSearches(
        "mcts",
        (search, traces, decoder, game) -> new MctsParity(search, traces, decoder, game).run());
  }

  private interface SearchParity {
    List<ParityResult> compare(
        JsonNode search, Safetensors traces, GoldenDecoder decoder, Game game);
  }

  /** Compares the searches of one kind, each with the weights that its case names. */
  private void compareSearches(String kind, SearchParity parity) {
    List<JsonNode> cases = golden.cases(kind);
    if (cases.isEmpty()) {
      return;
    }
    Map<String, GoldenDecoder> decoders = new LinkedHashMap<>();
    try (Safetensors traces = golden.read(kind)) {
      for (JsonNode search : cases) {
        GoldenDecoder decoder =
            decoders.computeIfAbsent(
                search.path("weights").asText(MODEL), name -> GoldenDecoder.load(models, name));
        Game game = Games.byName(search.get("game").asText());
        results.addAll(parity.compare(search, traces, decoder, game));
      }
    } finally {
      decoders.values().forEach(GoldenDecoder::close);
    }
  }

  private static Tensor bySequence(Tensor x, int n) {
    return x.view(n, x.size(0) / n, x.size(1));
  }

  private static Tensor flat(Tensor x) {
    return x.reshape(-1, x.size(2));
  }
}
