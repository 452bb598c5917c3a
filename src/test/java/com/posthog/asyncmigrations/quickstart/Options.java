package com.posthog.asyncmigrations.quickstart;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * What can be said with {@code -D} on the command line.
 *
 * @param rows how many events there are
 * @param exit whether it ends when the migration does
 * @param migration the manifest that is applied in the end
 * @param logs where its logs are, and stay
 */
record Options(long rows, boolean exit, Path migration, Path logs) {
  private static final String ROWS = "rows";
  private static final String EXIT = "exit";
  private static final String MIGRATION = "migration";
  private static final String LOGS = "quickstart.logs";
  private static final long DEFAULT_ROWS = 10_000_000;
  private static final long MOST_ROWS = 1_000_000_000;

  static Options of(Properties properties) {
    return new Options(
        rows(properties.getProperty(ROWS, Long.toString(DEFAULT_ROWS))),
        !"false".equals(properties.getProperty(EXIT, "false")),
        file(properties.getProperty(MIGRATION, "deploy/quickstart/migration.yaml")),
        Path.of(properties.getProperty(LOGS, "target/quickstart")));
  }

  private static long rows(String text) {
    try {
      long rows = Long.parseLong(text.replace("_", ""));
      if (rows >= 1 && rows <= MOST_ROWS) {
        return rows;
      }
    } catch (NumberFormatException notOne) {
      // said below
    }
    throw new IllegalArgumentException(
        "-Drows=%s: it must be a number from 1 to %,d".formatted(text, MOST_ROWS));
  }

  private static Path file(String text) {
    Path file = Path.of(text);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "-D%s=%s: there is no such file".formatted(MIGRATION, text));
    }
    return file;
  }

  /** The same, for the command line of another JVM. */
  List<String> arguments() {
    return List.of(
        "-D" + ROWS + "=" + rows,
        "-D" + EXIT + "=" + exit,
        "-D" + MIGRATION + "=" + migration,
        "-D" + LOGS + "=" + logs);
  }
}
