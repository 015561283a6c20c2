package org.jowa.model.settings;

/**
 * How much a diagnosis looks at and what has to be reached: the {@code diagnose} section of the
 * configuration.
 *
 * @param frames of a game that the tokenizer is shown, at most
 * @param episodes of a game that sequences are drawn from, at most
 * @param sequences of a game that the model reads for world model and Q-function, at most; half as
 *     many again for each of policy and rare events, a quarter for running freely
 * @param gates what figures have to reach
 */
@Section("diagnose")
public record DiagnoseSettings(
    @Setting(
            value = "held-out frames of a game that the tokenizer is shown",
            range = "[1, 1e6]",
            before = "512")
        int frames,
    @Setting(
            value = "held-out episodes of a game that sequences are drawn from",
            range = "[1, 1e6]",
            before = "32")
        int episodes,
    @Setting(
            value = "sequences of a game that the model reads, at most",
            range = "[1, 1e6]",
            before = "512")
        int sequences,
    Gates gates) {}
