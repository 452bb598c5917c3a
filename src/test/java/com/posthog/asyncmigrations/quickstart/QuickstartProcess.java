package com.posthog.asyncmigrations.quickstart;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The quickstart as somebody has started it, with a directory that all of its files are in. */
final class QuickstartProcess implements AutoCloseable {
  private final Process process;
  private final Path directory;

  private QuickstartProcess(Process process, Path directory) {
    this.process = process;
    this.directory = directory;
  }

  static QuickstartProcess start(Path directory, String... properties) {
    try {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xmx64m");
      command.add("-Djava.io.tmpdir=" + Files.createDirectories(directory.resolve("temporary")));
      command.add("-Dquickstart.logs=" + directory.resolve("logs"));
      command.addAll(List.of(properties));
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(Quickstart.class.getName());
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("screen").toFile());
      builder.environment().put("LC_ALL", "C");
      return new QuickstartProcess(builder.start(), directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What somebody sees. */
  String screen() {
    try {
      return Files.readString(directory.resolve("screen"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether this has come on the screen; fails when it never will. */
  boolean shows(String text) {
    boolean ended = !process.isAlive();
    String screen = screen();
    if (ended && !screen.contains(text)) {
      throw new IllegalStateException("it has ended: " + screen);
    }
    return screen.contains(text);
  }

  /** What a group of this expression is on the screen. */
  String find(String expression) {
    Matcher matcher = Pattern.compile(expression).matcher(screen());
    if (!matcher.find()) {
      throw new IllegalStateException("no " + expression + ": " + screen());
    }
    return matcher.group(1);
  }

  /** For the API server that it has started. */
  File kubeconfig() {
    return directory.resolve("logs").resolve("kubeconfig").toFile();
  }

  /** What the ClickHouse answers that it has started, asked as the screen says how. */
  String clickHouse(String query) throws IOException, InterruptedException {
    String port = find("curl 'http://[a-z:]+@127.0.0.1:([0-9]+)/");
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/?database=posthog"))
            .header("X-ClickHouse-User", Servers.POSTHOG)
            .header("X-ClickHouse-Key", Servers.PASSWORD)
            .POST(HttpRequest.BodyPublishers.ofString(query))
            .build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.ofString())
        .body()
        .strip();
  }

  /** Its exit code, when it has ended. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(3, TimeUnit.MINUTES)) {
      throw new IllegalStateException("it does not end: " + screen());
    }
    return process.exitValue();
  }

  /** The process that Maven would run it in. */
  ProcessHandle launcher() {
    return process.toHandle();
  }

  /** The process that starts all the others. */
  ProcessHandle demonstration() {
    return process
        .children()
        .filter(child -> says(child, Path.of("java.io.tmpdir")))
        .findFirst()
        .orElseThrow();
  }

  /** All of its processes, also those that have left the family. */
  Set<ProcessHandle> processes() {
    return Stream.concat(
            process.descendants(),
            ProcessHandle.allProcesses()
                .filter(each -> says(each, directory))
                .flatMap(each -> Stream.concat(Stream.of(each), each.descendants())))
        .filter(ProcessHandle::isAlive)
        .collect(Collectors.toSet());
  }

  private static boolean says(ProcessHandle process, Path what) {
    return process.info().commandLine().filter(line -> line.contains(what.toString())).isPresent();
  }

  /** What is left of its files, apart from its logs. */
  List<Path> leftovers() {
    try (Stream<Path> temporary = Files.list(directory.resolve("temporary"));
        Stream<Path> logs = Files.list(directory.resolve("logs"))) {
      return Stream.concat(
              temporary.filter(file -> !file.getFileName().toString().startsWith("hsperfdata")),
              logs.filter(file -> file.endsWith("kubeconfig")))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
