package org.jowa.model.parity;

/**
 * How far one quantity of one golden case is from its stored value.
 *
 * @param caseName the golden case, for instance a file name without its ending
 * @param quantity what was compared
 * @param worstError the largest error seen, in the measure of the tolerance; NaN when nothing was
 *     compared
 * @param tolerance the largest error that passes; 0 means equal
 * @param status the verdict
 */
public record ParityResult(
    String caseName, String quantity, double worstError, double tolerance, Status status) {

  /** The verdict on one quantity. */
  public enum Status {
    /** Within tolerance. */
    PASS,
    /** Out of tolerance. */
    FAIL,
    /** Not compared because something outside the project, a ROM for instance, is missing. */
    SKIPPED,
    /** Not compared because the project does not compute it yet. */
    NOT_IMPLEMENTED
  }

  /** A comparison that was made: passes if {@code worstError <= tolerance}; NaN fails. */
  public static ParityResult compared(
      String caseName, String quantity, double worstError, double tolerance) {
    Status status = worstError <= tolerance ? Status.PASS : Status.FAIL;
    return new ParityResult(caseName, quantity, worstError, tolerance, status);
  }
}
