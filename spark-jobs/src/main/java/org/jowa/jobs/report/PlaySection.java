package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jowa.jobs.report.html.Html;
import org.jowa.jobs.report.media.Pictures;

/** Animated clips of play. */
final class PlaySection {
  /** The first frame alone, where motion is unwanted or impossible. */
  private static final String STILL = "(prefers-reduced-motion: reduce), print";

  /** Clips of the first evaluation that stand in the page's head. */
  private static final int IN_HEAD = 2;

  private record Clip(String evaluation, String game, byte[] gif) {}

  private PlaySection() {}

  /** The first clips, for the head of the page. */
  static void addHead(Html html, RunContents run) {
    add(html, clips(run).stream().limit(IN_HEAD).toList());
  }

  /** All others. */
  static void add(Html html, RunContents run) {
    List<Clip> others = clips(run).stream().skip(IN_HEAD).toList();
    if (!others.isEmpty()) {
      html.element("section").leaf("h2", "More play");
      add(html, others);
      html.end();
    }
  }

  private static List<Clip> clips(RunContents run) {
    List<Clip> clips = new ArrayList<>();
    Set<String> earlier = ScoreCurves.earlier(run.evaluations());
    for (EvaluationContents evaluation : run.evaluations()) {
      if (earlier.contains(evaluation.summary().name())) {
        continue;
      }
      evaluation
          .clips()
          .forEach((game, gif) -> clips.add(new Clip(evaluation.summary().name(), game, gif)));
    }
    return clips;
  }

  private static void add(Html html, List<Clip> clips) {
    if (!clips.isEmpty()) {
      html.element("div", "class", "clips");
      clips.forEach(clip -> add(html, clip));
      html.end();
    }
  }

  private static void add(Html html, Clip clip) {
    html.element("figure").element("picture");
    Pictures.firstFrame(clip.gif())
        .ifPresent(
            still ->
                html.empty("source", "media", STILL, "srcset", Pictures.dataAddress("png", still)));
    html.empty(
        "img",
        "src",
        Pictures.dataAddress("gif", clip.gif()),
        "alt",
        "Animated clip: the agent plays " + clip.game(),
        "width",
        "160",
        "height",
        "210");
    html.end();
    html.element("figcaption").leaf("b", clip.game()).text(" · " + clip.evaluation()).end().end();
  }
}
