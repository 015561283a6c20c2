package org.jowa.jobs.play;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.env.AtariEnv;
import org.jowa.env.Step;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.evaluate.TrainedAgent;
import org.jowa.jobs.media.ClipWriter;
import org.jowa.jobs.spark.AssignedDevice;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.plan.BeamTree;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.plan.PlanningAgent;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;

/**
 * Plays an episode and keeps it as a clip with what the agent saw and imagined.
 *
 * @param plan of an evaluation of one game, whose planner is beam search (horizon 0 to act
 *     greedily); this plays one of its episodes
 * @param episode its number
 * @param threads that operators may use
 * @param roms where the user keeps ROMs, if they said so
 * @param clip animated GIF, replaced when the episode has ended
 */
public record PlayJob(EvaluationPlan plan, int episode, int threads, Optional<Path> roms, Path clip)
    implements Job<PlayJob.Played> {
  /** What became of the episode. */
  public record Played(double rawReturn, int steps, boolean over) {}

  /**
   * Plays, and writes the clip.
   *
   * @throws org.jowa.error.InvalidInputException if run, checkpoint, tokenizer or ROM is missing or
   *     doesn't fit
   */
  @Override
  public Played run(SparkJobs jobs) throws IOException {
    Configuration hadoop = SparkJobs.hadoop();
    TorchRuntime.init();
    TorchRuntime.setThreads(threads);
    TrainedAgent trained = TrainedAgent.of(plan, hadoop);
    Game game = Games.byName(plan.games().get(0));
    PlannerSettings planner = trained.fit(plan).planner(game.name());
    Rom rom = RomLocator.of(roms).locate(game);
    Device device = AssignedDevice.ofDriver(jobs);
    try (FrameTokenizer tokenizer = trained.tokenizer().load(device, hadoop);
        Safetensors weights = trained.model().model();
        PlanningAgent agent =
            PlanningAgent.create(
                tokenizer,
                WorldDecoder.of(trained.world(), weights::tensor, device),
                game,
                planner,
                1,
                plan.seed());
        AtariEnv env =
            AtariEnv.create(
                rom, plan.protocol().stickyActions(), plan.emulatorSeed(game, episode))) {
      Panels panels = new Panels(game, tokenizer, env, planner.horizon());
      Path draft = clip.resolveSibling(clip.getFileName() + ".part");
      try (OutputStream out = Files.newOutputStream(draft)) {
        Played played = play(agent, env, panels, out);
        out.close();
        Files.move(draft, clip, StandardCopyOption.REPLACE_EXISTING);
        return played;
      } finally {
        Files.deleteIfExists(draft);
      }
    }
  }

  private Played play(PlanningAgent agent, AtariEnv env, Panels panels, OutputStream out)
      throws IOException {
    BeamTree[] seen = new BeamTree[1];
    agent.watch(tree -> seen[0] = tree);
    agent.startEpisode(0, episode);
    ByteBuffer frames = ByteBuffer.allocateDirect(AtariEnv.OBSERVATION_BYTES);
    byte[] frame = new byte[AtariEnv.OBSERVATION_BYTES];
    double rawReturn = 0;
    int steps = 0;
    boolean over = false;
    try (ClipWriter writer =
        ClipWriter.open(out, panels.width(), panels.height(), ClipWriter.REAL_TIME)) {
      while (!over && steps < plan.maxSteps()) {
        env.observation(frame, 0);
        frames.put(0, frame);
        int action = agent.act(frames, new boolean[] {true})[0];
        writer.addRgb(panels.draw(env, frame, seen[0], action, rawReturn));
        Step step = env.step(action);
        rawReturn += step.reward();
        steps++;
        over = step.terminal();
      }
    }
    return new Played(rawReturn, steps, over);
  }
}
