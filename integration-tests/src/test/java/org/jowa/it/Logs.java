package org.jowa.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Everything that a job and its cluster wrote for people to read. */
record Logs(Map<Path, String> texts) {
  private static final Pattern NAMES =
      Pattern.compile("stdout.*|stderr.*|events.*|appstatus.*|.*\\.(log|txt|json|jsonl|yaml)");

  /** Logs below folders, and files themselves. */
  static Logs of(Path... places) throws IOException {
    Map<Path, String> texts = new LinkedHashMap<>();
    for (Path place : places) {
      try (Stream<Path> files = Files.walk(place)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          if (NAMES.matcher(file.getFileName().toString()).matches()) {
            // Each byte a character, so that raw bytes can be searched for as well.
            texts.put(file, Files.readString(file, StandardCharsets.ISO_8859_1));
          }
        }
      }
    }
    return new Logs(texts);
  }

  /** Those that have a text in them, in small or capital letters. */
  List<Path> with(String text) {
    Pattern pattern = Pattern.compile(text, Pattern.LITERAL | Pattern.CASE_INSENSITIVE);
    return texts.entrySet().stream()
        .filter(log -> pattern.matcher(log.getValue()).find())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The ways to write bytes down. */
  static List<String> forms(byte[] bytes) {
    List<String> forms = new ArrayList<>();
    forms.add(HexFormat.of().formatHex(bytes));
    forms.add(HexFormat.ofDelimiter(":").formatHex(bytes));
    forms.add(HexFormat.ofDelimiter(" ").formatHex(bytes));
    forms.add(Base64.getEncoder().withoutPadding().encodeToString(bytes));
    forms.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    String numbers = Arrays.toString(bytes);
    forms.add(numbers.substring(1, numbers.length() - 1));
    forms.add(forms.get(forms.size() - 1).replace(" ", ""));
    forms.add(new String(bytes, StandardCharsets.ISO_8859_1));
    return forms;
  }
}
