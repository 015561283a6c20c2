package org.jowa.jobs.spark;

import java.io.Serializable;
import org.jowa.data.storage.Json;

/**
 * A unit of work, or its result, as it crosses Spark: what is serializable as it is, anything else
 * as JSON, which records of other modules are made for.
 */
record Message(Serializable content) implements Serializable {
  private record AsJson(Class<?> type, String text) implements Serializable {}

  static Message of(Object value) {
    return new Message(
        value == null || value instanceof Serializable
            ? (Serializable) value
            : new AsJson(value.getClass(), Json.write(value)));
  }

  Object value() {
    return content instanceof AsJson json
        ? Json.read(json.text, json.type, "a task's message")
        : content;
  }
}
