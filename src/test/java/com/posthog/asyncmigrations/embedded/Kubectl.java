package com.posthog.asyncmigrations.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real {@code kubectl}: what people see. */
public final class Kubectl {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Path program;
  private final Path kubeconfig;
  private final Path cache;

  Kubectl(Path program, Path kubeconfig, Path cache) {
    this.program = program;
    this.kubeconfig = kubeconfig;
    this.cache = cache;
  }

  /** What it said, and how it ended. */
  public record Answer(int exitCode, String out, String err) {
    /** What it wrote to its standard output, which counts only when it succeeded. */
    public String orThrow() {
      if (exitCode != 0) {
        throw new IllegalStateException("kubectl ended with " + exitCode + ": " + err);
      }
      return out;
    }
  }

  /** Runs it to its end, for a minute at most. */
  public Answer run(String... arguments) {
    return runWith("", arguments);
  }

  /** Runs it with this standard input, which {@code -f -} reads. */
  public Answer runWith(String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString(), "--cache-dir=" + cache));
    command.addAll(List.of(arguments));
    try {
      Path in = Files.createTempFile("kubectl", ".in");
      Path out = Files.createTempFile("kubectl", ".out");
      Path err = Files.createTempFile("kubectl", ".err");
      try {
        Files.writeString(in, input);
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("KUBECONFIG", kubeconfig.toString());
        int exitCode = waitFor(builder.start(), command);
        return new Answer(
            exitCode,
            Files.readString(out, StandardCharsets.UTF_8),
            Files.readString(err, StandardCharsets.UTF_8));
      } finally {
        for (Path file : List.of(in, out, err)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  private static int waitFor(Process process, List<String> command) {
    try {
      if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("not done within " + LIMIT + ": " + command);
      }
      return process.exitValue();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    } finally {
      process.destroyForcibly();
    }
  }
}
