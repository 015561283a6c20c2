package org.jowa.data.storage;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import org.jowa.error.InvalidInputException;

/** Records to JSON and back: snake_case keys, unknown keys refused. */
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .build();

  private Json() {}

  /** The record as text that ends with a line feed. */
  public static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Can't write " + value.getClass().getName() + " as JSON", e);
    }
  }

  public static byte[] bytes(Object value) {
    return write(value).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * @param where the file, for the message
   * @throws InvalidInputException when the text isn't JSON of that type
   */
  public static <T> T read(String text, Class<T> type, String where) {
    try {
      return MAPPER.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          "Can't read "
              + where
              + ": "
              + e.getOriginalMessage().lines().findFirst().orElse("not JSON")
              + ".",
          e);
    }
  }

  /**
   * One integer of an object, whatever else it has.
   *
   * @param where the file, for the message
   * @throws InvalidInputException when the text isn't a JSON object with such a number
   */
  public static int integer(byte[] text, String name, String where) {
    JsonNode value = read(text, JsonNode.class, where).path(name);
    if (!value.isInt()) {
      throw new InvalidInputException("Can't read " + where + ": it has no number " + name + ".");
    }
    return value.intValue();
  }

  public static <T> T read(byte[] text, Class<T> type, String where) {
    return read(new String(text, StandardCharsets.UTF_8), type, where);
  }
}
