package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.embedded.Engine;
import com.posthog.asyncmigrations.embedded.Reaper;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What {@code mvn -q -Pquickstart} runs inside Maven: starts the {@link Demonstration} in a JVM of
 * its own, on the same terminal, with a temporary directory that everything it starts is in, and
 * that goes when either of them does.
 */
public final class Quickstart {
  private static final int SECONDS_TO_END = 30;

  private Quickstart() {}

  /** Ends with the demonstration's exit code. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int exitCode = exitCode();
    if (exitCode != 0) {
      System.exit(exitCode); // without Maven's own words about it
    }
  }

  private static int exitCode() throws IOException, InterruptedException {
    try {
      return run(Options.of(System.getProperties()));
    } catch (IllegalArgumentException wrong) {
      System.out.println(wrong.getMessage());
      return 2;
    }
  }

  private static int run(Options options) throws IOException, InterruptedException {
    Files.createDirectories(options.logs());
    Path work = Files.createTempDirectory("async-migrations-quickstart-");
    try (Reaper reaper = new Reaper()) {
      reaper.removes(work);
      Process demonstration =
          new ProcessBuilder(command(options, work))
              .inheritIO()
              .redirectError(options.logs().resolve("quickstart.err").toFile())
              .start();
      reaper.kills(demonstration.pid());
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(demonstration), "quickstart-end"));
      int exitCode = demonstration.waitFor();
      reaper.ended(demonstration.pid());
      return exitCode;
    }
  }

  /** Whoever is told to end tells the other, and lets it clean up. */
  private static void end(Process demonstration) {
    demonstration.destroy();
    try {
      demonstration.waitFor(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<String> command(Options options, Path work) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Djava.io.tmpdir=" + work);
    command.add("-Dot.epg.working-dir=" + Engine.userCache().resolve("postgresql"));
    command.add("-Dlog4j2.configurationFile=com/posthog/asyncmigrations/quickstart/log4j2.xml");
    command.addAll(options.arguments());
    command.addAll(List.of("-cp", classPath()));
    command.add(Demonstration.class.getName());
    return command;
  }

  /** Maven runs us in a class loader; a JVM of its own needs the same as a path. */
  private static String classPath() {
    return Quickstart.class.getClassLoader() instanceof URLClassLoader loader
        ? Arrays.stream(loader.getURLs())
            .map(Quickstart::file)
            .collect(Collectors.joining(System.getProperty("path.separator")))
        : System.getProperty("java.class.path");
  }

  private static String file(URL url) {
    try {
      return Paths.get(url.toURI()).toString();
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
