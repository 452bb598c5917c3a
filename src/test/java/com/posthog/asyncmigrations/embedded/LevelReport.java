package com.posthog.asyncmigrations.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The last step of a build: says what it has not tested, and refuses to pass that in CI. */
public final class LevelReport {
  private static final String RULE = "-".repeat(72);

  private final Path directory;
  private final boolean pods;
  private final boolean mustNotSkip;

  LevelReport(Path directory, boolean pods, boolean mustNotSkip) {
    this.directory = directory;
    this.pods = pods;
    this.mustNotSkip = mustNotSkip;
  }

  /**
   * Prints it.
   *
   * @param arguments the directory of the files of {@link SkippedLevels}, and whether the tests
   *     that need pods are a part of this build
   */
  public static void main(String[] arguments) throws IOException {
    LevelReport report =
        new LevelReport(
            Path.of(arguments[0]), Boolean.parseBoolean(arguments[1]), Level.mustNotSkip());
    List<String> skipped = report.skipped();
    report.lines(skipped).forEach(System.out::println);
    report.forget();
    report.requireAll(skipped);
  }

  /** What is printed. */
  List<String> lines(List<String> skipped) {
    List<String> lines = new ArrayList<>();
    lines.add(RULE);
    if (!skipped.isEmpty()) {
      lines.add("SKIPPED, because this machine lacks something:");
      skipped.forEach(reason -> lines.add("  " + reason));
    }
    if (!pods) {
      lines.add(
          "Not a part of this run: %s (mvn verify -Pcluster, with a KUBECONFIG)"
              .formatted(Level.PODS.title()));
    }
    lines.add(skipped.isEmpty() ? "No other test was skipped." : "All other tests have run.");
    lines.add(RULE);
    return lines;
  }

  /** Fails where nothing may be skipped. */
  void requireAll(List<String> skipped) {
    if (mustNotSkip && !skipped.isEmpty()) {
      throw new IllegalStateException("tests were skipped although CI=true: " + skipped);
    }
  }

  /** What was skipped, and why. */
  List<String> skipped() throws IOException {
    List<String> reasons = new ArrayList<>();
    for (Path file : files()) {
      reasons.addAll(Files.readAllLines(file));
    }
    return reasons.stream().distinct().sorted().toList();
  }

  /** The next build may not run the same kinds of tests. */
  void forget() throws IOException {
    for (Path file : files()) {
      Files.delete(file);
    }
  }

  private List<Path> files() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
