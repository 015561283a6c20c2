package org.jowa.model.diagnosis;

import java.util.List;
import org.jowa.model.settings.Gates;

/** The figures of one stage in one game. */
public record StageFigures(Stage stage, String game, List<Figure> figures) {
  public StageFigures {
    figures = List.copyOf(figures);
  }

  /** The same figures, whatever their gates were, with these. */
  public StageFigures judged(Gates gates) {
    return new StageFigures(
        stage, game, figures.stream().map(figure -> Judgement.of(figure, gates)).toList());
  }

  /** Whether a gate isn't passed. */
  public boolean fails() {
    return figures.stream().anyMatch(Figure::fails);
  }
}
