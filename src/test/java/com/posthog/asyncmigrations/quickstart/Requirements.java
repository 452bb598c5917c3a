package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.embedded.Engine;
import com.posthog.asyncmigrations.embedded.EngineUnavailableException;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/** What the quickstart needs of a machine, asked before anything is started. */
final class Requirements {
  private static final long MEGABYTE = 1_000_000;
  private static final long MEGABYTES_NEEDED = 2_000;
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Path GROUP = Path.of("/sys/fs/cgroup");

  private Requirements() {}

  /**
   * Fails with what is missing.
   *
   * @return what was found
   */
  static String check(Engine engine) throws UnmetException, EngineUnavailableException {
    boolean installed = engine.installed().isPresent();
    if (!installed && !onPath("npm")) {
      throw new UnmetException(
          "npm is needed once, to install the ClickHouse engine: install Node.js, or put npm on the PATH");
    }
    if (!onPath("sh")) {
      throw new UnmetException("sh is needed, to clean up: put it on the PATH");
    }
    long megabytes = memory() / MEGABYTE;
    if (megabytes < MEGABYTES_NEEDED) {
      throw new UnmetException(
          "%d MB of memory are free, and %d are needed".formatted(megabytes, MEGABYTES_NEEDED));
    }
    return "%s on %s, %.1f GB of memory%s"
        .formatted(
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            megabytes / 1000.0,
            installed ? "" : ", npm");
  }

  /** This machine lacks something; the message is one line that says what. */
  static final class UnmetException extends Exception {
    private static final long serialVersionUID = 1;

    UnmetException(String message) {
      super(message);
    }
  }

  /** Whether there is such a program. */
  static boolean onPath(String program) {
    return Arrays.stream(
            Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator, -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /** What can be had; where the system does not say (macOS), all that there is. */
  private static long memory() {
    if (!Files.isReadable(MEMORY)) {
      return ((com.sun.management.OperatingSystemMXBean)
              ManagementFactory.getOperatingSystemMXBean())
          .getTotalMemorySize();
    }
    long available = 1024 * field(MEMORY, "MemAvailable:").orElse(Long.MAX_VALUE / 1024);
    return Math.min(available, limit().orElse(Long.MAX_VALUE));
  }

  /** What a container's limit leaves, not counting files that are only cached. */
  private static Optional<Long> limit() {
    try {
      long limit = Long.parseLong(Files.readString(GROUP.resolve("memory.max")).strip());
      long used = Long.parseLong(Files.readString(GROUP.resolve("memory.current")).strip());
      return Optional.of(
          limit - used + field(GROUP.resolve("memory.stat"), "inactive_file").orElse(0L));
    } catch (IOException | NumberFormatException noLimit) {
      return Optional.empty();
    }
  }

  private static Optional<Long> field(Path file, String name) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .map(line -> line.split("\\s+", -1))
          .filter(words -> words.length > 1 && words[0].equals(name))
          .map(words -> Long.valueOf(words[1]))
          .findFirst();
    } catch (IOException unknown) {
      return Optional.empty();
    }
  }
}
