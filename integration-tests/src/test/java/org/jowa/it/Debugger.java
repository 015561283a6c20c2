package org.jowa.it;

import com.sun.jdi.AbsentInformationException;
import com.sun.jdi.ArrayReference;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.ByteValue;
import com.sun.jdi.Method;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.Value;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Stops another JVM at a chosen place of its code, so that a test can do it harm at a moment that
 * it knows, however slow the machine is. The code itself has nothing for this: the JVM listens on a
 * port for debuggers.
 */
final class Debugger implements AutoCloseable {
  /** Option of a JVM that is to be stopped; its standard output says the port. */
  static final String JVM_OPTION =
      "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0";

  /** The port in what such a JVM says. */
  static final String PORT_PATTERN = "Listening for transport dt_socket at address: (\\d+)";

  private static final Duration LIMIT = Duration.ofMinutes(10);

  private record Place(String type, String method, int hits) {}

  private final ProcessHandle process;
  private final VirtualMachine machine;
  private Place place;
  private ClassPrepareRequest loading;

  private Debugger(ProcessHandle process, VirtualMachine machine) {
    this.process = process;
    this.machine = machine;
  }

  /**
   * @param process of the JVM
   * @param port that it listens on
   */
  static Debugger attach(ProcessHandle process, String port) {
    AttachingConnector socket =
        Bootstrap.virtualMachineManager().attachingConnectors().stream()
            .filter(connector -> connector.name().equals("com.sun.jdi.SocketAttach"))
            .findFirst()
            .orElseThrow();
    Map<String, Connector.Argument> arguments = socket.defaultArguments();
    arguments.get("hostname").setValue("127.0.0.1");
    arguments.get("port").setValue(port);
    try {
      return new Debugger(process, socket.attach(arguments));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalConnectorArgumentsException e) {
      throw new IllegalStateException(e);
    }
  }

  ProcessHandle process() {
    return process;
  }

  /** Does {@link #prepare} and {@link #awaitHold} in one. */
  void holdAt(String type, String method, int hits) {
    prepare(type, method, hits);
    awaitHold();
  }

  /**
   * Lets the JVM run until a thread enters a method, where all its threads will be stopped.
   *
   * @param type name of a class, which may not be loaded yet
   * @param hits at which entry from now on, from 1
   */
  void prepare(String type, String method, int hits) {
    place = new Place(type, method, hits);
    loading = machine.eventRequestManager().createClassPrepareRequest();
    loading.addClassFilter(type);
    loading.enable();
    machine.classesByName(type).forEach(this::breakAt);
    machine.resume();
  }

  /** Waits until the JVM is stopped where it was to be. */
  void awaitHold() {
    awaitHolds(this);
  }

  /**
   * Waits until several JVMs are stopped where they were to be. A JVM that loads the class is
   * stopped until it has been looked at, and the others may be waiting for it.
   */
  static void awaitHolds(Debugger... all) {
    long end = System.nanoTime() + LIMIT.toNanos();
    List<Debugger> running = new ArrayList<>(List.of(all));
    try {
      while (!running.isEmpty()) {
        for (Debugger one : List.copyOf(running)) {
          if (one.isHeld()) {
            running.remove(one);
          }
        }
        if (System.nanoTime() > end) {
          throw new AssertionError("Never came to " + running.get(0).place);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    for (Debugger one : all) {
      one.machine.eventRequestManager().deleteEventRequest(one.loading);
      one.machine.eventRequestManager().deleteAllBreakpoints();
    }
  }

  private boolean isHeld() throws InterruptedException {
    EventSet events = machine.eventQueue().remove(100);
    if (events == null) {
      return false;
    }
    for (Event event : events) {
      if (event instanceof BreakpointEvent) {
        return true;
      }
      if (event instanceof ClassPrepareEvent loaded) {
        breakAt(loaded.referenceType());
      }
    }
    events.resume();
    return false;
  }

  private void breakAt(ReferenceType type) {
    for (Method one : type.methodsByName(place.method)) {
      if (!one.isAbstract()) {
        BreakpointRequest request =
            machine.eventRequestManager().createBreakpointRequest(first(one));
        request.addCountFilter(place.hits);
        request.setSuspendPolicy(EventRequest.SUSPEND_ALL);
        request.enable();
      }
    }
  }

  private static com.sun.jdi.Location first(Method method) {
    try {
      return method.allLineLocations().get(0);
    } catch (AbsentInformationException e) {
      return method.location();
    }
  }

  /** The bytes in a field of all objects of a class that are reachable in the stopped JVM. */
  List<byte[]> bytes(String type, String field) {
    List<byte[]> found = new ArrayList<>();
    for (ReferenceType loaded : machine.classesByName(type)) {
      for (ObjectReference object : loaded.instances(0)) {
        ArrayReference array = (ArrayReference) object.getValue(loaded.fieldByName(field));
        byte[] bytes = new byte[array.length()];
        for (int i = 0; i < bytes.length; i++) {
          Value value = array.getValue(i);
          bytes[i] = ((ByteValue) value).value();
        }
        found.add(bytes);
      }
    }
    return found;
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
