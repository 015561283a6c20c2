package org.jowa.model.train;

/**
 * How a rank's training ended.
 *
 * @param step steps done in the run, those of earlier attempts included
 * @param stepsNow steps done by this attempt; 0 if the run was finished already
 * @param checkpoint where the last checkpoint is
 * @param time what this attempt's time went into
 */
public record TrainResult(long step, long stepsNow, String checkpoint, TimeSpent time) {}
