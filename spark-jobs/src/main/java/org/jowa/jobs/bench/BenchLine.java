package org.jowa.jobs.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jowa.jobs.process.ResidentMemory;

/** One line of output: a JSON object. */
final class BenchLine {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Object> fields = new LinkedHashMap<>();

  private BenchLine() {}

  /**
   * @param bench name of the benchmark
   * @param config what was measured, in words
   */
  static BenchLine of(String bench, String config, int threads, Timing timing) {
    BenchLine line = new BenchLine();
    line.fields.put("bench", bench);
    line.fields.put("config", config);
    line.fields.put("threads", threads);
    line.fields.put("median_ms", rounded(timing.medianMillis()));
    line.fields.put("min_ms", rounded(timing.minMillis()));
    line.fields.put("runs", timing.runs());
    return line;
  }

  /**
   * Sets the operation's matrix products against the machine's.
   *
   * @param sgemmGflops speed of a large matrix product on the same threads
   * @param gflop of one operation
   */
  BenchLine against(double sgemmGflops, double gflop, double medianMillis) {
    fields.put("sgemm_gflops", rounded(sgemmGflops));
    fields.put("gflop_per_step", rounded(gflop));
    fields.put("fraction_of_sgemm", rounded(gflop / (medianMillis * 1e-3) / sgemmGflops));
    return this;
  }

  /** What tells slow code from a busy machine; threads that wait by spinning count, too. */
  BenchLine cpuTime(CpuTime cpu) {
    fields.put("cpu_ms", rounded(cpu.medianMillis()));
    return this;
  }

  BenchLine rate(String name, double perSecond) {
    fields.put(name, rounded(perSecond));
    return this;
  }

  /** The line, with the largest resident size of this process so far. */
  String json() {
    fields.put("peak_rss_mib", ResidentMemory.now().peakMib());
    try {
      return JSON.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Numbers and strings are always JSON", e);
    }
  }

  private static double rounded(double value) {
    return value == 0 ? 0 : Double.parseDouble(String.format(Locale.ROOT, "%.4g", value));
  }
}
