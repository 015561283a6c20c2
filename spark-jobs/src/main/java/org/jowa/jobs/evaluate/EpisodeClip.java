package org.jowa.jobs.evaluate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.env.AtariEnv;
import org.jowa.jobs.report.media.ClipWriter;

/** The beginning of an episode as an animated picture, for people. */
final class EpisodeClip {
  /** About half a minute on a console. */
  private static final int MAX_FRAMES = 450;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final boolean wanted;
  private ClipWriter writer;
  private int frames;

  private EpisodeClip(boolean wanted) {
    this.wanted = wanted;
  }

  /** A clip of the first episode of the game, when it is in this group. */
  static EpisodeClip of(EpisodeGroup group) {
    return new EpisodeClip(group.episodes().contains(0) && !group.random());
  }

  /** Adds what an environment shows now. */
  void add(AtariEnv env) throws IOException {
    if (!wanted || frames++ >= MAX_FRAMES) {
      return;
    }
    if (writer == null) {
      writer = ClipWriter.open(bytes, env.screenWidth(), env.screenHeight(), ClipWriter.REAL_TIME);
    }
    int[] pixels = new int[env.screenWidth() * env.screenHeight()];
    env.screenRgb(pixels);
    byte[] rgb = new byte[3 * pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      rgb[3 * i] = (byte) (pixels[i] >> 16);
      rgb[3 * i + 1] = (byte) (pixels[i] >> 8);
      rgb[3 * i + 2] = (byte) pixels[i];
    }
    writer.addRgb(rgb);
  }

  /** Keeps the clip in the evaluation's folder, if there is one. */
  void write(Storage evaluation, String game) throws IOException {
    if (writer != null) {
      writer.close();
      WholeFiles.write(evaluation, ClipWriter.fileName(game), bytes.toByteArray());
    }
  }
}
