package org.jowa.it;

import com.sun.jdi.AbsentInformationException;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.Method;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;

/**
 * Stops another JVM at a chosen place of its code, so that a test can do it harm at a moment that
 * it knows. The code itself has nothing for this: the JVM listens on a port for debuggers.
 */
final class Debugger implements AutoCloseable {
  /** Option of a JVM that is to be stopped; its standard output says the port. */
  static final String JVM_OPTION =
      "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0";

  /** The port in what such a JVM says. */
  static final String PORT_PATTERN = "Listening for transport dt_socket at address: (\\d+)";

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final VirtualMachine machine;

  private Debugger(VirtualMachine machine) {
    this.machine = machine;
  }

  static Debugger attach(String port) {
    AttachingConnector socket =
        Bootstrap.virtualMachineManager().attachingConnectors().stream()
            .filter(connector -> connector.name().equals("com.sun.jdi.SocketAttach"))
            .findFirst()
            .orElseThrow();
    Map<String, Connector.Argument> arguments = socket.defaultArguments();
    arguments.get("hostname").setValue("127.0.0.1");
    arguments.get("port").setValue(port);
    try {
      return new Debugger(socket.attach(arguments));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalConnectorArgumentsException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Lets the JVM run until a thread enters a method, and stops all its threads there.
   *
   * @param type name of a class that the JVM has loaded
   * @param hits at which entry, from 1
   */
  void holdAt(String type, String method, int hits) {
    ReferenceType loaded =
        machine.classesByName(type).stream()
            .findFirst()
            .orElseThrow(() -> new AssertionError("Not loaded: " + type));
    for (Method one : loaded.methodsByName(method)) {
      if (!one.isAbstract()) {
        BreakpointRequest request =
            machine.eventRequestManager().createBreakpointRequest(first(one));
        request.addCountFilter(hits);
        request.setSuspendPolicy(EventRequest.SUSPEND_ALL);
        request.enable();
      }
    }
    machine.resume();
    await(type + "." + method);
    machine.eventRequestManager().deleteAllBreakpoints();
  }

  private static com.sun.jdi.Location first(Method method) {
    try {
      return method.allLineLocations().get(0);
    } catch (AbsentInformationException e) {
      return method.location();
    }
  }

  private void await(String where) {
    long end = System.nanoTime() + LIMIT.toNanos();
    try {
      while (System.nanoTime() < end) {
        EventSet events = machine.eventQueue().remove(100);
        if (events == null) {
          continue;
        }
        for (Event event : events) {
          if (event instanceof BreakpointEvent) {
            return;
          }
        }
        events.resume();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new AssertionError("Never came to " + where);
  }

  /** Lets the JVM go on. */
  @Override
  public void close() {
    try {
      machine.dispose();
    } catch (VMDisconnectedException e) {
      // It was killed.
    }
  }
}
