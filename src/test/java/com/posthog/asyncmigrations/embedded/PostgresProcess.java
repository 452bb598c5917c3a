package com.posthog.asyncmigrations.embedded;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A PostgreSQL server of its own. The role {@code posthog} has to give its password; the superuser
 * {@code postgres}, which only tests use, does not.
 */
public final class PostgresProcess implements AutoCloseable {
  /** The role that the operator connects as. */
  public static final String USER = "posthog";

  private final Path data;
  private final int port;
  private EmbeddedPostgres server;

  private PostgresProcess(Path data, int port) throws IOException {
    this.data = data;
    this.port = port;
    server = launch();
  }

  /** Starts a server whose role {@code posthog} has this password. */
  public static PostgresProcess start(String password) {
    try {
      PostgresProcess process =
          new PostgresProcess(Files.createTempDirectory("postgres"), freePort());
      Runtime.getRuntime().addShutdownHook(new Thread(process::kill));
      process.require(password);
      return process;
    } catch (IOException notStarted) {
      throw new UncheckedIOException(notStarted);
    }
  }

  /**
   * The same; nothing of it is left however this process dies.
   *
   * @param reaper who cleans up then
   */
  public static PostgresProcess start(String password, Reaper reaper) {
    try {
      Path data = Files.createTempDirectory("postgres");
      reaper.removes(data);
      PostgresProcess process = new PostgresProcess(data, freePort());
      reaper.kills(process.pid());
      process.require(password);
      return process;
    } catch (IOException notStarted) {
      throw new UncheckedIOException(notStarted);
    }
  }

  /** Where it listens. */
  public String host() {
    return "127.0.0.1";
  }

  /** Where it listens, also after a restart. */
  public int port() {
    return port;
  }

  /** The process that started all others. */
  public long pid() {
    try {
      return Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
    } catch (IOException notRunning) {
      throw new UncheckedIOException(notRunning);
    }
  }

  /** Where its data is. */
  public Path dataDirectory() {
    return data;
  }

  /** Makes an empty database, which belongs to {@code posthog}. */
  public void createDatabase(String name) {
    asSuperuser("postgres", "CREATE DATABASE \"" + name + "\" OWNER " + USER);
  }

  /** Does something that needs rights, or must not be in the operator's own way. */
  public void asSuperuser(String database, String... statements) {
    try (Connection connection = server.getDatabase("postgres", database).getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException refused) {
      throw new IllegalStateException(refused);
    }
  }

  /** Ends it as a power failure would: all its processes at once. */
  public void kill() {
    if (!Files.exists(data.resolve("postmaster.pid"))) {
      return;
    }
    List<ProcessHandle> processes = new ArrayList<>();
    ProcessHandle.of(pid())
        .ifPresent(
            postmaster -> {
              processes.add(postmaster);
              postmaster.descendants().forEach(processes::add);
            });
    processes.forEach(ProcessHandle::destroyForcibly);
    Awaitility.await().until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
  }

  /** Starts it again on the same data and port. */
  public void restart() {
    kill();
    try {
      server.close(); // lets go of the directory
      server = launch();
    } catch (IOException notStarted) {
      throw new UncheckedIOException(notStarted);
    }
  }

  private void require(String password) throws IOException {
    asSuperuser(
        "postgres",
        "SET password_encryption = 'scram-sha-256'",
        "CREATE ROLE " + USER + " LOGIN PASSWORD '" + password.replace("'", "''") + "'");
    Files.writeString(
        data.resolve("pg_hba.conf"),
        """
        local all postgres              trust
        host  all postgres 127.0.0.1/32 trust
        host  all postgres ::1/128      trust
        host  all all      127.0.0.1/32 scram-sha-256
        host  all all      ::1/128      scram-sha-256
        """);
    asSuperuser("postgres", "SELECT pg_reload_conf()");
  }

  private EmbeddedPostgres launch() throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setRegisterShutdownHook(false)
        .setPort(port)
        .setServerConfig("listen_addresses", "127.0.0.1")
        .setServerConfig("synchronous_commit", "on") // what was committed survives a kill
        .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Ends it and deletes its data. */
  @Override
  public void close() {
    try {
      server.close();
      kill();
      try (Stream<Path> files = Files.walk(data)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException left) {
      throw new UncheckedIOException(left);
    }
  }
}
