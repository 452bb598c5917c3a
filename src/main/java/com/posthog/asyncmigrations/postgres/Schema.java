package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The operator's own schema, {@code async_migrations}. It is upgraded in place, forwards only;
 * several operators may do so at once.
 */
public final class Schema {
  static final int VERSIONS = 4;

  /** Any number that nobody else takes: "asyncmig" in ASCII. */
  private static final long LOCK = 0x6173796e636d6967L;

  private final PostgresDatabase database;
  private final List<String> scripts;

  /** The schema in this database. */
  public Schema(PostgresDatabase database) {
    this(database, IntStream.rangeClosed(1, VERSIONS).mapToObj(Schema::script).toList());
  }

  /** With these scripts, one for each version from 1. */
  Schema(PostgresDatabase database, List<String> scripts) {
    this.database = database;
    this.scripts = scripts;
  }

  /**
   * Brings the schema to the version that this operator knows.
   *
   * @throws ProblemException when the server is too old, the schema too new, or the role may not
   */
  public void upgrade() {
    boolean current =
        database.ask(
            connection -> {
              PostgresProblems.unsupported(number(connection, "SHOW server_version_num"))
                  .ifPresent(Schema::refuse);
              return version(connection) == scripts.size();
            });
    if (!current) {
      database.transact(this::upgradeAlone);
    }
  }

  private int upgradeAlone(Connection connection) throws SQLException {
    // Held until the transaction ends, so that it does no harm behind a pooler of transactions.
    try (PreparedStatement lock = connection.prepareStatement("SELECT pg_advisory_xact_lock(?)")) {
      lock.setLong(1, LOCK);
      lock.execute();
    }
    int version = version(connection);
    if (version > scripts.size()) {
      refuse(
          new Problem(
              Reason.ServerUnsupported,
              "schema async_migrations has version %d, and this operator knows versions up to %d: it must be upgraded"
                  .formatted(version, scripts.size())));
    }
    try (Statement statement = connection.createStatement()) {
      if (version == 0) {
        statement.execute("CREATE SCHEMA IF NOT EXISTS async_migrations");
        statement.execute("CREATE TABLE async_migrations.schema_version (version int NOT NULL)");
        statement.execute("INSERT INTO async_migrations.schema_version VALUES (0)");
      }
      for (String script : scripts.subList(version, scripts.size())) {
        statement.execute(script);
      }
      return statement.executeUpdate(
          "UPDATE async_migrations.schema_version SET version = " + scripts.size());
    }
  }

  /** The version that is there; 0 for none. */
  private static int version(Connection connection) throws SQLException {
    boolean there =
        number(
                connection,
                "SELECT count(*) FROM pg_tables"
                    + " WHERE schemaname = 'async_migrations' AND tablename = 'schema_version'")
            > 0;
    return there ? number(connection, "SELECT version FROM async_migrations.schema_version") : 0;
  }

  private static int number(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getInt(1) : 0;
    }
  }

  private static void refuse(Problem problem) {
    throw new ProblemException(problem);
  }

  static String script(int version) {
    String name = "schema-" + version + ".sql";
    try (InputStream script = Schema.class.getResourceAsStream(name)) {
      if (script == null) {
        throw new IllegalStateException(name + " is missing from the program");
      }
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
