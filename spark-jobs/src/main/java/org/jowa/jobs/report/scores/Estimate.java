package org.jowa.jobs.report.scores;

/**
 * A value with its percentile bootstrap interval.
 *
 * @param value computed on all values, not the centre of the interval
 * @param low lower end of the interval
 * @param high upper end of the interval
 */
public record Estimate(double value, double low, double high) {}
