package org.jowa.jobs.play;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.env.AtariEnv;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.evaluate.TrainedAgent;
import org.jowa.jobs.play.PlaySession.Emulators;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.spark.AssignedDevice;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;

/**
 * Serves a page on which a person and a trained agent play, in the game and inside the model.
 *
 * @param plan of an evaluation of one game
 * @param episode number of the first real episode
 * @param threads that operators may use
 * @param roms where the user keeps ROMs, if they said so
 * @param data data set to begin imagined episodes from, if not the one that the run names
 * @param address to serve at
 * @param started is told where the page is
 */
public record ServeJob(
    EvaluationPlan plan,
    int episode,
    int threads,
    Optional<Path> roms,
    Optional<String> data,
    ServeAddress address,
    Consumer<URI> started)
    implements Job<Void> {
  /**
   * Serves until the process ends.
   *
   * @throws InvalidInputException if run, checkpoint or tokenizer is missing or doesn't fit, there
   *     is neither a ROM nor a recorded frame, or the address is taken
   */
  @Override
  public Void run(SparkJobs jobs) throws IOException, InterruptedException {
    Configuration hadoop = SparkJobs.hadoop();
    TorchRuntime.init();
    TrainedAgent trained = TrainedAgent.of(plan, hadoop);
    Game game = Games.byName(plan.games().get(0));
    PlannerSettings planner = trained.fit(plan).planner(game.name());
    Optional<RecordedFrames> recorded = recorded(game, hadoop);
    Emulators emulators = emulators(game, recorded);
    Device device = AssignedDevice.ofDriver(jobs);
    try (FrameTokenizer tokenizer = trained.tokenizer().load(device, hadoop);
        Safetensors weights = trained.model().model();
        WorldDecoder decoder = WorldDecoder.of(trained.world(), weights::tensor, device);
        PlayServer server =
            PlayServer.start(
                address,
                () -> {
                  TorchRuntime.setThreads(threads);
                  return new PlaySession(
                      game, tokenizer, decoder, planner, plan.seed(), episode, emulators, recorded);
                })) {
      started.accept(server.uri());
      new CountDownLatch(1).await();
    }
    return null;
  }

  /** Those of the data set, if it can be read here. */
  private Optional<RecordedFrames> recorded(Game game, Configuration hadoop) {
    Optional<String> folder =
        data.or(() -> RunFolder.at(plan.run(), hadoop).fact(RunFolder.DATA))
            .filter(place -> data.isPresent() || Dataset.exists(place, hadoop));
    return folder.map(place -> RecordedFrames.of(Dataset.open(place, hadoop), game.name()));
  }

  /** Without a ROM there is the model to play in, if it has a frame to begin at. */
  private Emulators emulators(Game game, Optional<RecordedFrames> recorded) {
    Rom rom;
    try {
      rom = RomLocator.of(roms).locate(game);
    } catch (InvalidInputException e) {
      if (recorded.isEmpty() || recorded.get().count() == 0) {
        throw e;
      }
      return Emulators.none(e.getMessage());
    }
    return new Emulators(
        Optional.empty(),
        number ->
            AtariEnv.create(rom, plan.protocol().stickyActions(), plan.emulatorSeed(game, number)),
        plan.maxSteps());
  }
}
