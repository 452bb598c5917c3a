package com.posthog.asyncmigrations.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A small child process that cleans up after this one, however it dies: at the end of its standard
 * input it kills the processes and removes the directories that it was told of. It lets signals for
 * the whole terminal pass.
 */
public final class Reaper implements AutoCloseable {
  private static final String SCRIPT =
      """
      trap '' INT TERM HUP
      newline='
      '
      pids=$newline
      dirs=$newline
      without() { # list, line
        printf '%s\\n' "$1" | grep -v -x -F -e "$2"
      }
      while IFS= read -r line; do
        value=${line#* }
        case $line in
          'pid '*) pids="$pids$value$newline" ;;
          'dir '*) dirs="$dirs$value$newline" ;;
          'gone '*) pids=$(without "$pids" "$value")$newline; dirs=$(without "$dirs" "$value")$newline ;;
        esac
      done
      IFS=$newline
      set -f
      for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
      tries=0
      for pid in $pids; do
        while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
      done
      for dir in $dirs; do rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }; done
      """;

  private final Process shell;
  private final Writer lines;

  /** Starts watching over this process. */
  public Reaper() {
    try {
      shell =
          new ProcessBuilder("sh", "-c", SCRIPT)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    lines = shell.outputWriter(StandardCharsets.UTF_8);
  }

  /** The number of its own process. */
  public long pid() {
    return shell.pid();
  }

  /** Has this process killed, when the time comes. */
  public void kills(long pid) {
    tell("pid " + pid);
  }

  /** Has this directory removed, when the time comes. */
  public void removes(Path directory) {
    tell("dir " + directory);
  }

  /** This process has ended: its number may be another's by now. */
  public void ended(long pid) {
    tell("gone " + pid);
  }

  /** This directory has been removed. */
  public void removed(Path directory) {
    tell("gone " + directory);
  }

  private synchronized void tell(String line) {
    try {
      lines.write(line + "\n");
      lines.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the reaper is gone", e);
    }
  }

  /** Does what is left to do, now, and waits until it is done. */
  @Override
  public void close() {
    try {
      lines.close();
      shell.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
