package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jowa.error.UsageException;
import org.jowa.jobs.spark.SparkJobs;

/**
 * The options of spark-submit found on a command line, before, between or after those of our own
 * command.
 *
 * <p>{@code --name}, {@code --verbose} and {@code --help} are ours; Spark's application name is set
 * by {@code --conf spark.app.name=...}.
 *
 * @param arguments the options as spark-submit takes them, in the user's order
 * @param values the last value of each option that takes one, except {@code --conf}
 * @param conf the settings given by {@code --conf}
 * @param rest what belongs to our command, in the user's order
 */
record SparkOptions(
    List<String> arguments,
    Map<String, String> values,
    Map<String, String> conf,
    List<String> rest) {

  private static final Set<String> WITH_VALUE =
      Set.of(
          "--master",
          "--deploy-mode",
          "--conf",
          "-c",
          "--properties-file",
          "--jars",
          "--packages",
          "--exclude-packages",
          "--repositories",
          "--files",
          "--archives",
          "--driver-memory",
          "--driver-java-options",
          "--driver-library-path",
          "--driver-class-path",
          "--driver-cores",
          "--executor-memory",
          "--executor-cores",
          "--num-executors",
          "--total-executor-cores",
          "--queue",
          "--principal",
          "--keytab",
          "--proxy-user");
  private static final Set<String> WITHOUT_VALUE = Set.of("--supervise");

  private static final Pattern SECRET = Pattern.compile(SparkJobs.REDACTED);

  static SparkOptions split(List<String> args) {
    List<String> arguments = new ArrayList<>();
    Map<String, String> values = new TreeMap<>();
    Map<String, String> conf = new TreeMap<>();
    List<String> rest = new ArrayList<>();
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      int equals = arg.startsWith("--") ? arg.indexOf('=') : -1;
      String option = equals < 0 ? arg : arg.substring(0, equals);
      if (WITHOUT_VALUE.contains(option)) {
        arguments.add(option);
      } else if (!WITH_VALUE.contains(option)) {
        rest.add(arg);
      } else {
        if (equals < 0 && ++i == args.size()) {
          throw new UsageException("Option " + option + " of spark-submit needs a value after it");
        }
        String value = equals < 0 ? args.get(i) : arg.substring(equals + 1);
        arguments.add(option);
        arguments.add(value);
        if (option.equals("--conf") || option.equals("-c")) {
          putSetting(conf, value);
        } else {
          values.put(option, value);
        }
      }
    }
    return new SparkOptions(arguments, values, conf, rest);
  }

  private static void putSetting(Map<String, String> conf, String setting) {
    int equals = setting.indexOf('=');
    if (equals <= 0) {
      throw new UsageException(
          "Option --conf of spark-submit takes key=value, found '" + setting + "'");
    }
    conf.put(setting.substring(0, equals), setting.substring(equals + 1));
  }

  /** The value of an option or of the setting that stands for it; the option wins, as in Spark. */
  Optional<String> value(String option, String setting) {
    return Optional.ofNullable(values.getOrDefault(option, conf.get(setting)));
  }

  /** The names of settings that look like secrets and that Kubernetes would keep in the open. */
  List<String> secretsInConfigMap() {
    boolean toKubernetes =
        value("--master", "spark.master").orElse("").startsWith("k8s:")
            && value("--deploy-mode", "spark.submit.deployMode").orElse("").equals("cluster");
    return conf.keySet().stream()
        // There, settings that speak of secrets are their names and places.
        .filter(key -> toKubernetes && !key.startsWith("spark.kubernetes."))
        .filter(key -> SECRET.matcher(key).find())
        .toList();
  }

  /** Whether the user gives a library of their own, by {@code --jars} or {@code --packages}. */
  boolean bringsJar(String artifact) {
    String jars = value("--jars", "spark.jars").orElse("");
    String packages = value("--packages", "spark.jars.packages").orElse("");
    return Arrays.stream(jars.split(",")).anyMatch(jar -> jar.matches(".*/" + artifact + "-\\d.*"))
        || Arrays.asList(packages.split("[,:]")).contains(artifact);
  }

  /** The options but some, which the caller gives in another form. */
  List<String> argumentsWithout(List<String> dropped) {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < arguments.size(); ) {
      int words = WITH_VALUE.contains(arguments.get(i)) ? 2 : 1;
      if (!dropped.contains(arguments.get(i))) {
        kept.addAll(arguments.subList(i, i + words));
      }
      i += words;
    }
    return kept;
  }
}
