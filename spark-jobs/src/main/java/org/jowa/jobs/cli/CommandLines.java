package org.jowa.jobs.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jowa.env.Protocol;
import org.jowa.env.ale.EmulatorJars;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.FailureKind;
import org.jowa.error.Reason;
import org.jowa.error.ReportedException;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;
import org.jowa.jobs.process.JavaVersions;
import org.jowa.jobs.run.Versions;
import org.jowa.process.FileNames;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Parses, checks and runs command lines, and turns what goes wrong into one line and a status. */
public final class CommandLines {
  /** Exit status: done. */
  public static final int OK = 0;

  /** Exit status: the work failed. */
  public static final int FAILED = 1;

  /** Exit status: wrong command line or configuration; nothing was started. */
  public static final int USAGE = 2;

  /** Exit status of {@code diagnose}: a stage has not learned what it should. */
  public static final int GATE = 3;

  private CommandLines() {}

  /**
   * A command line, parsed.
   *
   * @param command the command to run; empty when the line was answered by help
   * @param status exit status of a line without a command to run
   */
  record Parsed(Optional<JobCommand> command, int status) {}

  /**
   * Runs one command in this process.
   *
   * @param args the command and its options
   * @param tell gets the line that reports a failure
   * @return the exit status
   */
  public static int run(String[] args, Consumer<String> tell) {
    return reporting(
        List.of(args),
        tell,
        () -> {
          Parsed parsed = parse(List.of(args));
          if (parsed.command().isEmpty()) {
            return parsed.status();
          }
          JobCommand command = parsed.command().get();
          requireUsableProcess(args, command);
          command.check();
          if (command.playsGames()) {
            EmulatorJars.requirePresent();
          }
          return command.dryRun() ? OK : command.run();
        });
  }

  /** A driver that somebody started without {@code bin/jowa} is in whatever process they made. */
  private static void requireUsableProcess(String[] args, JobCommand command) {
    for (String word : args) {
      FileNames.requireUsable(word);
    }
    if (!command.examinesMachine()) {
      // Where relative paths start.
      FileNames.requireUsable(System.getProperty("user.dir"));
      JavaVersions.require(Versions.spark(), Runtime.version().feature());
    }
  }

  /**
   * @throws UsageException if the line is wrong
   */
  static Parsed parse(List<String> args) {
    CommandLine line = new CommandLine(new JowaCommand());
    line.setUsageHelpAutoWidth(true);
    line.registerConverter(Game.class, Games::byName);
    line.registerConverter(Protocol.class, Protocol::byName);
    ParseResult result;
    try {
      result = line.parseArgs(args.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new UsageException(explain(e, args));
    }
    if (CommandLine.printHelpIfRequested(result)) {
      return new Parsed(Optional.empty(), OK);
    }
    if (!result.hasSubcommand()) {
      line.usage(System.err);
      return new Parsed(Optional.empty(), USAGE);
    }
    JobCommand command = (JobCommand) result.subcommand().commandSpec().userObject();
    command.keepArguments(args);
    return new Parsed(Optional.of(command), OK);
  }

  private static String explain(ParameterException e, List<String> args) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    boolean root = command.parent() == null;
    String prefix = root ? "" : command.name() + ": ";
    String help = " (bin/" + command.qualifiedName() + " --help shows what there is)";
    if (e instanceof UnmatchedArgumentException unmatched && root) {
      String word = unmatched.getUnmatched().get(0);
      String kind = word.startsWith("-") ? "option" : "command";
      String suggestion = Suggestion.didYouMean(word, command.subcommands().keySet());
      return "unknown " + kind + " '" + word + "'" + suggestion + help;
    }
    Optional<String> unknown = unknownOption(command, args);
    if (unknown.isPresent()) {
      String suggestion = Suggestion.didYouMean(unknown.get(), command.optionsMap().keySet());
      return prefix + "unknown option '" + unknown.get() + "'" + suggestion + help;
    }
    if (e instanceof UnmatchedArgumentException unmatched) {
      return prefix + "unknown word '" + unmatched.getUnmatched().get(0) + "'" + help;
    }
    if (e.getCause() instanceof UsageException ofConverter) {
      return ofConverter.getMessage();
    }
    // Picocli's own slip, where an option takes KEY=VALUE.
    return prefix + Reason.of(e).replace("option option", "option") + help;
  }

  /** A misspelt option is the likelier mistake where picocli misses the right one. */
  private static Optional<String> unknownOption(CommandSpec command, List<String> args) {
    return args.stream()
        .filter(word -> word.startsWith("--"))
        .map(word -> word.replaceFirst("=.*", ""))
        .filter(option -> !command.optionsMap().containsKey(option))
        .findFirst();
  }

  /**
   * Runs an action and reports what it throws as one line on standard error.
   *
   * @param args the command line, which may ask for stack traces
   * @return the action's status, or that of the failure
   */
  static int reporting(List<String> args, Callable<Integer> action) {
    return reporting(args, System.err::println, action);
  }

  private static int reporting(List<String> args, Consumer<String> tell, Callable<Integer> action) {
    try {
      return action.call();
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      return report(e, args.contains("--verbose"), tell);
    }
  }

  private static int report(Throwable failure, boolean verbose, Consumer<String> tell) {
    Optional<ReportedException> told = ReportedException.in(failure);
    tell.accept(
        "jowa: "
            + told.map(Throwable::getMessage)
                .orElseGet(
                    () ->
                        rootCause(failure)
                            + (verbose ? "" : " (add --verbose for the stack trace)")));
    if (verbose) {
      failure.printStackTrace();
    }
    return told.map(ReportedException::kind).orElse(FailureKind.FAULT).exitStatus();
  }

  private static String rootCause(Throwable failure) {
    Throwable root = Reason.root(failure);
    String message =
        root.getMessage() == null ? "" : ": " + root.getMessage().lines().findFirst().orElse("");
    return root.getClass().getSimpleName() + message;
  }
}
