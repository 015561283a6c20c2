package org.jowa.env;

/**
 * What one agent step brought.
 *
 * @param reward raw reward summed over the step's emulator frames
 * @param terminal whether the game is over
 */
public record Step(double reward, boolean terminal) {}
