package org.jowa.error;

/** What failed, which decides a command's exit status and whether a run is started again. */
public enum FailureKind {
  /** The user's command line or configuration: trying again would end the same. */
  USAGE(2, false),
  /** Something of the user's that has to be mended first, a file for instance. */
  INPUT(1, false),
  /** A file system that was full or away: may be mended while a run waits. */
  STORE(1, true),
  /** Somebody stopped it. */
  STOP(1, true),
  /** A fault of ours or of the machine: in a new process it may go well. */
  FAULT(1, true);

  private final int exitStatus;
  private final boolean mayPass;

  FailureKind(int exitStatus, boolean mayPass) {
    this.exitStatus = exitStatus;
    this.mayPass = mayPass;
  }

  /** Of a command that ends with it. */
  public int exitStatus() {
    return exitStatus;
  }

  /** Whether another attempt may go well. */
  public boolean mayPass() {
    return mayPass;
  }
}
