package org.jowa.jobs.bench;

import java.util.Optional;
import org.jowa.env.game.Game;
import org.jowa.jobs.config.Config;

/**
 * What to measure.
 *
 * @param preset its name, for the output
 * @param config sizes of the models
 * @param batch sequences, frames or environments at once, whatever the benchmark takes
 * @param threads that operators may use
 * @param runs counted, after a few that are not
 * @param game played or planned for
 * @param run whose weights to plan with, on what its game shows; else random ones
 * @param data data set to read, for the loader
 * @param gib of made-up tokens to read, for the loader without a data set
 * @param minutes to read for, for the loader; 0 to measure rates only
 */
public record BenchOptions(
    String preset,
    Config config,
    int batch,
    int threads,
    int runs,
    Game game,
    Optional<String> run,
    Optional<String> data,
    double gib,
    int minutes) {}
