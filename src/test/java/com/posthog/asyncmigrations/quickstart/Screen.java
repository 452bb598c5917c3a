package com.posthog.asyncmigrations.quickstart;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * What a person sees: one line for each step, with how long it took. On a terminal the line of the
 * step under way lives; elsewhere only what is over is written, and what a step tells in between.
 */
final class Screen {
  private static final String CLEAR = "\r\033[2K";
  private static final String NO_WRAP = "\033[?7l";
  private static final String WRAP = "\033[?7h";
  private static final int FRAMES_A_SECOND = 10;

  private final PrintStream out;
  private final Glyphs glyphs;
  private final boolean terminal;
  private final ScheduledExecutorService painter;
  private String doing = "";
  private String told = "";
  private long since;
  private long frame;
  private boolean silent;
  private boolean busy;

  Screen(PrintStream out, Glyphs glyphs, boolean terminal) {
    this.out = out;
    this.glyphs = glyphs;
    this.terminal = terminal;
    painter =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "painter");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** This process's standard output. */
  static Screen ofProcess(Map<String, String> environment) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    return new Screen(out, Glyphs.of(environment), isTerminal());
  }

  /** What a step is done with. */
  interface Step<T> {
    Done<T> run() throws Exception;
  }

  /**
   * What came of a step.
   *
   * @param text how it is said in the step's line
   */
  record Done<T>(T value, String text) {}

  /** The signs in use. */
  Glyphs glyphs() {
    return glyphs;
  }

  /** One line of its own. */
  synchronized void say(String line) {
    if (!silent) {
      out.println(line);
    }
  }

  /** One step, from its beginning to its line. */
  <T> T step(String what, Step<T> step) throws Exception {
    begin(what);
    ScheduledFuture<?> painting =
        painter.scheduleAtFixedRate(this::paint, 0, 1_000 / FRAMES_A_SECOND, TimeUnit.MILLISECONDS);
    try {
      Done<T> done = step.run();
      painting.cancel(false);
      end(glyphs.done(), done.text());
      return done.value();
    } catch (Exception failed) {
      painting.cancel(false);
      end(glyphs.failed(), what);
      throw failed;
    }
  }

  /**
   * How far the step under way is.
   *
   * @param live for a terminal, where it replaces what was there
   * @param plain for everything else, where it becomes a line whenever it changes, unless it is
   *     empty
   */
  synchronized void show(String live, String plain) {
    show(live, plain, plain);
  }

  /**
   * The same of what has figures that move.
   *
   * @param changes what is the same while the figures alone move: that makes no line
   */
  synchronized void show(String live, String plain, String changes) {
    doing = live;
    if (!terminal && !silent && !plain.isEmpty() && !changes.equals(told)) {
      told = changes;
      out.println("  . " + elapsed() + "  " + plain);
    }
  }

  /** Nothing more is written: what fails from now on fails because we are ending. */
  synchronized void silence() {
    if (!silent && terminal) {
      out.print(CLEAR + WRAP);
      out.flush();
    }
    silent = true;
  }

  private synchronized void begin(String what) {
    doing = what;
    told = "";
    busy = true;
    since = System.nanoTime();
  }

  private synchronized void paint() {
    if (terminal && busy && !silent) {
      out.print(
          CLEAR + NO_WRAP + "  " + glyphs.spin(frame++) + " " + elapsed() + "  " + doing + WRAP);
      out.flush();
    }
  }

  private synchronized void end(String sign, String text) {
    busy = false;
    if (!silent) {
      out.println((terminal ? CLEAR : "") + "  " + sign + " " + elapsed() + "  " + text);
    }
  }

  private String elapsed() {
    return seconds(Duration.ofNanos(System.nanoTime() - since));
  }

  /** A duration as the display writes it. */
  static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%5.1f s", duration.toMillis() / 1000.0);
  }

  /** Java itself speaks of a terminal only where input and output both are one. */
  private static boolean isTerminal() {
    try {
      return new ProcessBuilder("sh", "-c", "test -t 1 && test \"$TERM\" != dumb")
              .inheritIO()
              .start()
              .waitFor()
          == 0;
    } catch (IOException noShell) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
