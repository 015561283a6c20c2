package org.jowa.model.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A component that configurations have a key for: its name in kebab-case, in the {@link Section} of
 * its record. Its type says what a value is: a whole number, a number, true or false, a word of an
 * enum, a name, or, if it is optional, a file, folder or server.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Setting {
  /** What it means, in one line; presets say it too. */
  String value();

  /** The key, where it isn't the component's name; dots lead into sections below. */
  String key() default "";

  /** The interval of numbers: {@code [0, 1)} for those from 0 to below 1. */
  String range() default "";

  /**
   * What configurations mean that are older than the key, as text. A key without it is as old as
   * the oldest of them.
   */
  String before() default "";
}
