package org.jowa.jobs.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jowa.data.storage.Json;
import org.jowa.jobs.diagnose.Diagnosis;

/** The facts of the page for programs: full numbers, no pictures. */
final class JsonReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> TOKENIZER_QUANTITIES =
      List.of(
          "reconstruction",
          "perceptual",
          "codebook",
          "commitment",
          "total",
          "heldOut/reconstruction",
          "heldOut/smallObjectRecall",
          "codebookUse",
          "codebookPerplexity");
  private static final List<String> WORLD_QUANTITIES =
      List.of(
          "observation",
          "reward",
          "end",
          "td",
          "penalty",
          "total",
          "heldOut/observation",
          "heldOut/reward",
          "heldOut/end",
          "heldOut/td",
          "tokenizerReconstruction",
          "tokenizerPerceptual",
          "tokenizerCodebook",
          "tokenizerCommitment",
          "tokenizerCodebookUse");

  private JsonReport() {}

  static String of(RunContents run) {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", 1).put("run", run.name());
    root.set("headline", JSON.valueToTree(Headline.of(run).sentences()));
    root.set("dataset", JSON.valueToTree(run.dataset().orElse(null)));
    ObjectNode learning = root.putObject("learning");
    learning.set("tokenizer", learning(run.metrics(), true, TOKENIZER_QUANTITIES));
    learning.set("world", learning(run.metrics(), false, WORLD_QUANTITIES));
    learning.set("worldStagesBegin", JSON.valueToTree(run.metrics().worldStages()));
    root.set(
        "evaluations",
        JSON.valueToTree(run.evaluations().stream().map(EvaluationContents::summary).toList()));
    root.set("diagnosis", JSON.valueToTree(run.diagnosis().map(JsonReport::tree).orElse(null)));
    root.set("checkpoints", JSON.valueToTree(run.checkpoints()));
    root.set("missing", JSON.valueToTree(run.missing()));
    root.set("notes", JSON.valueToTree(run.notes()));
    root.put("config", run.config());
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
    try {
      return JSON.writer(printer).writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of values is always JSON", e);
    }
  }

  /** As it stands in its own file. */
  private static JsonNode tree(Diagnosis diagnosis) {
    return Json.read(Json.write(diagnosis), JsonNode.class, Diagnosis.FILE);
  }

  private static ObjectNode learning(LoggedMetrics metrics, boolean tokenizer, List<String> names) {
    ObjectNode node = JSON.createObjectNode();
    for (String name : names) {
      var points = metrics.line(name, tokenizer, "/" + name).points();
      if (!points.isEmpty()) {
        node.putObject(name.replace("heldOut/", "heldOut."))
            .put("first", points.get(0).y())
            .put("last", points.get(points.size() - 1).y());
      }
    }
    return node;
  }
}
