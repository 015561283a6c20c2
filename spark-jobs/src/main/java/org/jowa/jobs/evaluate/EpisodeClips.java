package org.jowa.jobs.evaluate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.env.AtariEnv;
import org.jowa.env.rom.Rom;
import org.jowa.jobs.evaluate.EpisodeGroup.Episode;
import org.jowa.jobs.media.ClipWriter;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.ShownEpisode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clips of some of a game's episodes. Which ones is known when all have been played, so the
 * emulator goes through their actions again, which gives the same episode in a fraction of the
 * time.
 */
final class EpisodeClips {
  private static final Logger LOG = LoggerFactory.getLogger(EpisodeClips.class);

  private final EvaluationPlan plan;
  private final Storage evaluation;
  private final EpisodeResults results;

  EpisodeClips(EvaluationPlan plan, Storage evaluation) {
    this.plan = plan;
    this.evaluation = evaluation;
    this.results = new EpisodeResults(evaluation);
  }

  /** Draws those clips of a game that are not there yet and whose actions are known. */
  void draw(Rom rom, List<EpisodeResult> episodes) throws IOException {
    for (ShownEpisode shown : ShownEpisode.of(episodes)) {
      EpisodeResult result = shown.episode();
      Optional<byte[]> actions =
          results
              .actions(new Episode(result.game(), result.episode(), false))
              .filter(all -> all.length == result.steps());
      if (actions.isPresent() && !evaluation.exists(shown.file())) {
        draw(rom, shown, actions.get());
      }
    }
  }

  private void draw(Rom rom, ShownEpisode shown, byte[] actions) throws IOException {
    EpisodeResult result = shown.episode();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    double rawReturn = 0;
    try (AtariEnv env = AtariEnv.create(rom, plan.protocol().stickyActions(), (int) result.seed());
        ClipWriter clip =
            ClipWriter.open(bytes, env.screenWidth(), env.screenHeight(), ClipWriter.REAL_TIME)) {
      int[] pixels = new int[env.screenWidth() * env.screenHeight()];
      for (int step = 0; step < actions.length; step++) {
        if (step >= shown.firstStep() && step < shown.endStep()) {
          env.screenRgb(pixels);
          clip.addRgb(pixels);
        }
        rawReturn += env.step(actions[step]).reward();
      }
    }
    if (rawReturn != result.rawReturn()) {
      LOG.warn(
          "Episode {} of {} ended with {} when it was played again for its clip, {} before: no"
              + " clip",
          result.episode(),
          result.game(),
          rawReturn,
          result.rawReturn());
      return;
    }
    WholeFiles.write(evaluation, shown.file(), bytes.toByteArray());
  }
}
