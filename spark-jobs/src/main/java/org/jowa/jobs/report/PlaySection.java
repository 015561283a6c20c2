package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.media.Pictures;
import org.jowa.jobs.report.EvaluationContents.Clip;

/** Animated clips of play. */
final class PlaySection {
  /** The first frame alone, where motion is unwanted or impossible. */
  private static final String STILL = "(prefers-reduced-motion: reduce), print";

  /** Clips of the first evaluation that stand in the page's head. */
  private static final int IN_HEAD = 2;

  private record Shown(String evaluation, Clip clip) {}

  private PlaySection() {}

  /** The first clip of the first games, for the head of the page. */
  static void addHead(Html html, RunContents run) {
    add(html, head(shown(run)));
  }

  /** All others. */
  static void add(Html html, RunContents run) {
    List<Shown> others = new ArrayList<>(shown(run));
    others.removeAll(head(others));
    if (!others.isEmpty()) {
      html.element("section").leaf("h2", "More play");
      add(html, others);
      html.end();
    }
  }

  private static List<Shown> head(List<Shown> all) {
    Map<String, Shown> firsts = new LinkedHashMap<>();
    all.stream()
        .filter(shown -> shown.evaluation().equals(all.get(0).evaluation()))
        .forEach(shown -> firsts.putIfAbsent(shown.clip().game(), shown));
    return firsts.values().stream().limit(IN_HEAD).toList();
  }

  private static List<Shown> shown(RunContents run) {
    Set<String> earlier = ScoreCurves.earlier(run.evaluations());
    return run.evaluations().stream()
        .filter(evaluation -> !earlier.contains(evaluation.summary().name()))
        .flatMap(
            evaluation ->
                evaluation.clips().stream()
                    .map(clip -> new Shown(evaluation.summary().name(), clip)))
        .toList();
  }

  private static void add(Html html, List<Shown> clips) {
    if (!clips.isEmpty()) {
      html.element("div", "class", "clips");
      clips.forEach(clip -> add(html, clip));
      html.end();
    }
  }

  private static void add(Html html, Shown shown) {
    Clip clip = shown.clip();
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
        "Animated clip: the agent plays %s, %s".formatted(clip.game(), clip.words()),
        "width",
        "160",
        "height",
        "210");
    html.end();
    html.element("figcaption")
        .leaf("b", clip.game())
        .text(" · " + shown.evaluation())
        .leaf("span", clip.words(), "class", "which")
        .end()
        .end();
  }
}
