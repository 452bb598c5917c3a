package com.posthog.asyncmigrations.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One ClickHouse server in a process of its own, with a data directory that goes when it is closed.
 */
public final class ClickHouseProcess implements AutoCloseable {
  private static final Duration LONGEST_START = Duration.ofSeconds(60);
  private static final String SERVE =
      """
      SYSTEM START LISTEN HTTP;
      SYSTEM START LISTEN TCP;
      SELECT sleepEachRow(1) FROM numbers(100000000)
      SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0 FORMAT Null
      """;

  private final Path library;
  private final ServerOptions options;
  private final Reaper reaper;
  private final Path home;
  private final Path configuration;
  private Process process;

  private ClickHouseProcess(Path library, ServerOptions options, Reaper reaper) throws IOException {
    this.library = library;
    this.options = options;
    this.reaper = reaper;
    home = Files.createTempDirectory("async-migrations-clickhouse-");
    reaper.removes(home);
    configuration = ServerConfiguration.write(options, home);
    process = launch();
  }

  /**
   * Starts a server, and returns when it answers.
   *
   * @param library the engine's, see {@link Engine}
   * @param reaper who cleans up, should this process die
   */
  public static ClickHouseProcess start(Path library, ServerOptions options, Reaper reaper) {
    try {
      ClickHouseProcess server = new ClickHouseProcess(library, options, reaper);
      try {
        server.awaitReady();
      } catch (RuntimeException failed) {
        server.close();
        throw failed;
      }
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The address it listens on. */
  public String host() {
    return options.address().host();
  }

  /** The port of its HTTP interface. */
  public int httpPort() {
    return options.address().httpPort();
  }

  /** The port of its native protocol. */
  public int tcpPort() {
    return options.address().tcpPort();
  }

  /** Where its data is. */
  Path home() {
    return home;
  }

  /** The number of its process. */
  public long pid() {
    return process.pid();
  }

  /** Ends it at once, as a crash would. */
  public void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reaper.ended(process.pid());
  }

  /**
   * Starts it again, on the same data and ports; killed first, if it runs. Its log tables begin
   * anew.
   */
  public void restart() {
    if (process.isAlive()) {
      kill();
    }
    // the engine finds the old folders of its log tables in the way
    Directories.delete(home.resolve("data").resolve("data").resolve("system"));
    try {
      process = launch();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitReady();
  }

  /** Stops it from doing anything, as a hanging machine would; its connections stay open. */
  public void pause() {
    signal("STOP");
  }

  /** Lets it go on. */
  public void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Process launch() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ClickHouseLauncher.class.getName());
    command.add(library.toString());
    command.add("clickhouse");
    command.add("--config-file=" + configuration);
    command.add("--path=" + home.resolve("data"));
    command.add("--listen_host=" + host());
    command.add("--http_port=" + httpPort());
    command.add("--tcp_port=" + tcpPort());
    command.addAll(List.of("--query", SERVE));
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    reaper.kills(started.pid());
    return started;
  }

  private void awaitReady() {
    long deadline = System.nanoTime() + LONGEST_START.toNanos();
    while (!answers()) {
      try {
        if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
          throw new IllegalStateException("the server ended at once: " + lastWords());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while the server started", e);
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the server did not answer in time: " + lastWords());
      }
    }
  }

  private boolean answers() {
    try {
      URI ping = URI.create("http://" + host() + ":" + httpPort() + "/ping");
      HttpURLConnection connection = (HttpURLConnection) ping.toURL().openConnection();
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(1_000);
      return connection.getResponseCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException notYet) {
      return false;
    }
  }

  private String lastWords() {
    try {
      List<String> lines = Files.readString(log(), StandardCharsets.UTF_8).lines().toList();
      return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    } catch (IOException e) {
      return "it left no log";
    }
  }

  private Path log() {
    return home.resolve("server.log");
  }

  /** Ends it, and removes its data. */
  @Override
  public void close() {
    kill();
    Directories.delete(home);
    reaper.removed(home);
  }
}
