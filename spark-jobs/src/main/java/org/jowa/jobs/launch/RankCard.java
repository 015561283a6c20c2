package org.jowa.jobs.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.data.storage.Sha256;
import org.jowa.model.torch.TorchRuntime;

/**
 * What a rank hands to all others before they join: where it is reached, and what has to be equal
 * on all of them.
 *
 * @param rank its number
 * @param host it runs on
 * @param pid of its process
 * @param address where it listens for the ring, host and port
 * @param equal what has to be the same on every rank, by name: versions, hashes of the data
 * @param cpu its model; results are equal to the bit on equal ones only
 * @param scratchMib free space of its temporary folder
 */
record RankCard(
    int rank,
    String host,
    long pid,
    String address,
    Map<String, String> equal,
    String cpu,
    long scratchMib) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  /**
   * This process's card.
   *
   * @param facts what the work itself wants to be equal on all ranks
   */
  static RankCard here(int rank, String host, String address, Map<String, String> facts) {
    Map<String, String> equal = new TreeMap<>(facts);
    equal.put("Java version", String.valueOf(Runtime.version().feature()));
    equal.put("libtorch version", TorchRuntime.LIBTORCH_VERSION);
    equal.put("application jar", applicationHash());
    return new RankCard(
        rank, host, ProcessHandle.current().pid(), address, equal, cpuModel(), scratch());
  }

  /** The cards of all ranks, in rank order. */
  static List<RankCard> parse(String[] cards) {
    return Arrays.stream(cards)
        .map(RankCard::parse)
        .sorted(Comparator.comparingInt(RankCard::rank))
        .toList();
  }

  private static RankCard parse(String json) {
    try {
      return JSON.readValue(json, RankCard.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot read a rank's card: " + e.getMessage(), e);
    }
  }

  String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How messages name the rank. */
  String name() {
    return String.format(Locale.ROOT, "rank %d (host %s, process %d)", rank, host, pid);
  }

  private static String applicationHash() {
    CodeSource source = RankCard.class.getProtectionDomain().getCodeSource();
    try {
      Path jar = Path.of(source.getLocation().toURI());
      return Files.isRegularFile(jar) ? Sha256.of(Files.readAllBytes(jar)) : "unpacked";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String cpuModel() {
    try {
      return Files.readAllLines(PROCESSORS).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static long scratch() {
    return new File(System.getProperty("java.io.tmpdir")).getUsableSpace() >> 20;
  }
}
