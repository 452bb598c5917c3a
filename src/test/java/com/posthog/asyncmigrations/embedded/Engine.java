package com.posthog.asyncmigrations.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The ClickHouse engine, a shared library from the npm package {@code @chdb/lib-<platform>}
 * (Apache-2.0), kept in a cache that outlives builds.
 */
public final class Engine {
  /** The version that everything here was tried with. */
  public static final String VERSION = "26.7.3-stable.1";

  private static final long UNPACKED_BYTES = 569_000_000;
  private static final Duration STALE = Duration.ofHours(1);
  private static final String UNFINISHED = "unfinished-";

  private final Path cache;
  private final String npm;

  /** In this cache, installed by this npm client. */
  public Engine(Path cache, String npm) {
    this.cache = cache;
    this.npm = npm;
  }

  /** In the user's own cache. */
  public static Engine ofUser() {
    return new Engine(userCache(), "npm");
  }

  /** Where what was downloaded once is kept. */
  public static Path userCache() {
    Path caches =
        Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
            .filter(directory -> !directory.isBlank())
            .map(Path::of)
            .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"));
    return caches.resolve("async-migrations");
  }

  /** How far an installation is; the total is an estimate. */
  public record Progress(String name, long bytes, long total) {}

  /** The library, where it is installed. */
  public Optional<Path> installed() throws EngineUnavailableException {
    Path library = library(home());
    return Files.isRegularFile(library) ? Optional.of(library) : Optional.empty();
  }

  /**
   * The library; installed first where it is not there. Installations side by side do not disturb
   * each other: each works in a directory of its own, and the first to finish wins.
   *
   * @param progress told several times a second while it is installed
   */
  public Path install(Consumer<Progress> progress) throws EngineUnavailableException {
    Optional<Path> there = installed();
    if (there.isPresent()) {
      return there.get();
    }
    try {
      Files.createDirectories(cache);
      removeStale();
      Path work = Files.createTempDirectory(cache, UNFINISHED);
      try {
        download(work, progress);
        return publish(work);
      } finally {
        Directories.delete(work);
      }
    } catch (IOException e) {
      throw new EngineUnavailableException(
          "the engine cannot be installed in " + cache + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineUnavailableException("the installation of the engine was interrupted");
    }
  }

  private void download(Path work, Consumer<Progress> progress)
      throws IOException, InterruptedException, EngineUnavailableException {
    String name = packageName();
    Path output = work.resolve("npm.log");
    Process process = startNpm(work, name, output);
    try {
      while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
        progress.accept(
            new Progress(name, Math.min(Directories.size(work), UNPACKED_BYTES), UNPACKED_BYTES));
      }
    } finally {
      process.destroy();
    }
    if (process.exitValue() != 0 || !Files.isRegularFile(library(work))) {
      throw new EngineUnavailableException(
          "npm could not install %s: %s".formatted(name, firstError(output)));
    }
    progress.accept(new Progress(name, UNPACKED_BYTES, UNPACKED_BYTES));
  }

  private Process startNpm(Path work, String name, Path output) throws EngineUnavailableException {
    List<String> command =
        List.of(
            npm,
            "install",
            "--prefix",
            work.toString(),
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
            name + "@" + VERSION);
    try {
      return new ProcessBuilder(command)
          .directory(work.toFile())
          .redirectErrorStream(true)
          .redirectOutput(output.toFile())
          .start();
    } catch (IOException e) {
      throw new EngineUnavailableException(
          "npm is needed to install the ClickHouse engine, and was not found: install Node.js, or"
              + " put npm on the PATH");
    }
  }

  private Path publish(Path work) throws IOException, EngineUnavailableException {
    try {
      Files.move(work, home(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException lostTheRace) {
      if (installed().isEmpty()) {
        throw lostTheRace;
      }
    }
    return library(home());
  }

  /** What installers left that were killed. */
  private void removeStale() throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(cache, UNFINISHED + "*")) {
      for (Path directory : left) {
        Instant changed = Files.getLastModifiedTime(directory).toInstant();
        if (changed.plus(STALE).isBefore(Instant.now())) {
          Directories.delete(directory);
        }
      }
    }
  }

  private static String firstError(Path output) throws IOException {
    return Files.readString(output, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .findFirst()
        .orElse("it said nothing");
  }

  private Path home() throws EngineUnavailableException {
    return cache.resolve("clickhouse-" + VERSION + "-" + platform());
  }

  private static Path library(Path home) throws EngineUnavailableException {
    return home.resolve("node_modules").resolve(packageName()).resolve("libchdb.so");
  }

  private static String packageName() throws EngineUnavailableException {
    return "@chdb/lib-" + platform();
  }

  private static String platform() throws EngineUnavailableException {
    return platform(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  /** The platform in the package's name, for Java's names of a system and a processor. */
  static String platform(String system, String processor) throws EngineUnavailableException {
    String os = system.toLowerCase(Locale.ROOT);
    String cpu =
        switch (processor) {
          case "amd64", "x86_64" -> "x64";
          case "aarch64", "arm64" -> "arm64";
          default -> "";
        };
    if (!cpu.isEmpty() && os.startsWith("linux")) {
      return "linux-" + cpu + "-gnu";
    }
    if (!cpu.isEmpty() && os.startsWith("mac")) {
      return "darwin-" + cpu;
    }
    throw new EngineUnavailableException(
        "there is no ClickHouse engine for %s on %s: it needs Linux or macOS on x86-64 or ARM64"
            .formatted(system, processor));
  }
}
