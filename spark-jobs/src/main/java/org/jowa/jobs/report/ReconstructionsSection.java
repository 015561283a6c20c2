package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.media.Pictures;

/** Frames beside what the tokenizer makes of them. */
final class ReconstructionsSection {
  private ReconstructionsSection() {}

  static void add(Html html, RunContents run) {
    html.element("section").leaf("h2", "What the tokenizer keeps");
    if (run.reconstructions().isEmpty()) {
      html.leaf("p", "No reconstructions: " + run.whyNoReconstructions(), "class", "absent");
    } else {
      html.leaf(
          "p",
          "Recorded frames (above) and the same frames decoded from their tokens (below)."
              + " The number is the mean absolute difference in gray levels, of 255.",
          "class",
          "facts");
      Map<String, List<Reconstruction>> byGame = new LinkedHashMap<>();
      for (Reconstruction reconstruction : run.reconstructions()) {
        byGame
            .computeIfAbsent(reconstruction.game(), game -> new ArrayList<>())
            .add(reconstruction);
      }
      byGame.forEach((game, frames) -> game(html, game, frames));
    }
    html.end();
  }

  private static void game(Html html, String game, List<Reconstruction> frames) {
    html.leaf("h3", game).element("div", "class", "frames");
    for (Reconstruction frame : frames) {
      html.element("figure");
      image(html, frame.original(), frame.size(), game + ", " + frame.frame() + ", as recorded");
      image(html, frame.decoded(), frame.size(), game + ", " + frame.frame() + ", decoded");
      html.element("figcaption")
          .text(frame.frame() + " · ")
          .leaf("b", Numbers.significant(frame.meanDifference()))
          .end()
          .end();
    }
    html.end();
  }

  private static void image(Html html, byte[] gray, int size, String description) {
    html.empty(
        "img",
        "src",
        Pictures.dataAddress("png", Pictures.png(gray, size, size)),
        "alt",
        description,
        "width",
        Integer.toString(size),
        "height",
        Integer.toString(size));
  }
}
