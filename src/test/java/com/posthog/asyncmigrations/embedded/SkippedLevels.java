package com.posthog.asyncmigrations.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes down which levels a test run has skipped, where the build asks for it: {@link LevelReport}
 * says it in the end.
 */
public final class SkippedLevels implements TestExecutionListener {
  static final String FILE = "skipped.levels.file";

  private final Optional<Path> file;
  private final Set<String> skipped = new TreeSet<>();

  /** For the service loader. */
  public SkippedLevels() {
    this(Optional.ofNullable(System.getProperty(FILE)).map(Path::of));
  }

  SkippedLevels(Optional<Path> file) {
    this.file = file;
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    skipped(reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      result.getThrowable().map(Throwable::getMessage).ifPresent(this::skipped);
    }
  }

  private synchronized void skipped(String reason) {
    if (Level.skippedFor(reason).isPresent()) {
      skipped.add(reason);
    }
  }

  /** Also when nothing was skipped: what an earlier run has left is no longer so. */
  @Override
  public synchronized void testPlanExecutionFinished(TestPlan plan) {
    file.ifPresent(this::write);
  }

  private void write(Path to) {
    try {
      Files.createDirectories(to.toAbsolutePath().getParent());
      Files.write(to, skipped);
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }
}
