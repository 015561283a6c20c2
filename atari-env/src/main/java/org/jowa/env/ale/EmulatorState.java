package org.jowa.env.ale;

import org.bytedeco.ale.ALEState;

/**
 * A moment of a game that {@link Emulator#restore} brings back exactly: machine, random numbers,
 * the action that sticks, picture. It holds about 40 kB of native memory until it is closed.
 */
public final class EmulatorState implements AutoCloseable {
  final ALEState machine;
  final MersenneTwister random;
  final int lastAction;
  final byte[] screen;

  EmulatorState(ALEState machine, MersenneTwister random, int lastAction, byte[] screen) {
    this.machine = machine;
    this.random = random;
    this.lastAction = lastAction;
    this.screen = screen;
    // Keeps an enclosing PointerScope of the caller from freeing what belongs to this object.
    machine.retainReference();
  }

  @Override
  public void close() {
    machine.deallocate();
  }
}
