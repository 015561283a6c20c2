package org.jowa.jobs.results;

/**
 * The weights that played.
 *
 * @param stage training stage of the checkpoint, {@code stage1} for instance
 * @param step of the checkpoint
 * @param checkpoint its folder, relative to the run folder where it lies in there
 * @param modelHash SHA-256 of {@code model.safetensors}
 * @param tokenizerHash hash of the tokenizer's weights
 * @param parameters of the world-action model, the target head among them; null in summaries of
 *     earlier versions
 */
public record EvaluatedModel(
    String stage,
    long step,
    String checkpoint,
    String modelHash,
    String tokenizerHash,
    Long parameters) {}
