package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.decide.Phase;
import com.posthog.asyncmigrations.core.decide.Servers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * The rows of the leases. One that has expired is not free for everybody: while it names a
 * migration whose run the ledger shows under way, its operator has died, and what the run had begun
 * must be taken up or undone before another migration changes the same servers.
 */
final class LeaseTable {
  /** Given back: no migration is called this. */
  private static final String NOBODY = "";

  private static final String LATER = "clock_timestamp() + ? * interval '1 millisecond'";

  /**
   * The row names another migration than this one, and that has a run. A phase that only a newer
   * operator knows counts as a run.
   */
  private static final String WAITS_FOR_ANOTHER =
      "held.migration NOT IN ('"
          + NOBODY
          + "', ?)"
          + " AND EXISTS (SELECT 1 FROM async_migrations.migration m"
          + " WHERE m.namespace || '/' || m.name || '/' || m.migration = held.migration"
          + " AND NOT coalesce(m.state ->> 'phase' = ANY (?), false))";

  /** The row is of these servers, or of some of them under another name. */
  private static final String CONCERNS = "(scope = ? OR nodes && ?)";

  private final PostgresDatabase database;
  private final String process;

  LeaseTable(PostgresDatabase database, String process) {
    this.database = database;
    this.process = process;
  }

  /**
   * What keeps a migration from taking a lease.
   *
   * @param holder the process that took it last
   * @param migration that it was taken for
   * @param until when it expires, or has expired
   * @param live whether it has not
   */
  record Row(String holder, String migration, Instant until, boolean live) {}

  /** What a migration is called in the rows. */
  static String name(MigrationKey key) {
    return key + "/" + key.migration();
  }

  /** What keeps this migration from taking the lease, if anything does. */
  Optional<Row> find(Servers servers, MigrationKey key) {
    return database.ask(connection -> find(connection, servers, key));
  }

  /** The new token, if nothing kept this migration from taking it. */
  Optional<Long> take(Servers servers, MigrationKey key, Duration length) {
    return database.transact(
        connection -> {
          lock(connection, servers);
          return find(connection, servers, key).isPresent()
              ? Optional.empty()
              : Optional.of(takeLocked(connection, servers, key, length));
        });
  }

  private static Optional<Row> find(Connection connection, Servers servers, MigrationKey key)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT holder, migration, expires_at, expires_at > clock_timestamp()"
                + " FROM async_migrations.lease held WHERE "
                + CONCERNS
                + " AND (expires_at > clock_timestamp() OR "
                + WAITS_FOR_ANOTHER
                + ") ORDER BY expires_at DESC LIMIT 1")) {
      bindAnother(statement, bindServers(statement, 1, servers), key);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Row(
                    row.getString(1),
                    row.getString(2),
                    PostgresDatabase.instant(row, 3),
                    row.getBoolean(4)))
            : Optional.empty();
      }
    }
  }

  /** Whether it was still ours, and now is for so long. */
  boolean renew(String scope, long token, Duration length) {
    return update("expires_at = " + LATER, scope, token, length);
  }

  /** Lets it expire. Its migration may take it up again, before any other. */
  void expire(String scope, long token) {
    update("expires_at = " + LATER, scope, token, Duration.ZERO);
  }

  /** Gives it back: anybody may take it. */
  void release(String scope, long token) {
    update("migration = '" + NOBODY + "', expires_at = " + LATER, scope, token, Duration.ZERO);
  }

  /**
   * No other lease can be taken meanwhile. Waits for what the holders are writing to the ledger:
   * only a statement that begins after that sees the run that was recorded in a lease's last
   * moment.
   */
  private static void lock(Connection connection, Servers servers) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE async_migrations.lease IN SHARE ROW EXCLUSIVE MODE");
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT 1 FROM async_migrations.lease held WHERE " + CONCERNS + " FOR UPDATE")) {
      bindServers(statement, 1, servers);
      statement.execute();
    }
  }

  private long takeLocked(Connection connection, Servers servers, MigrationKey key, Duration length)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO async_migrations.lease AS held"
                + " (scope, nodes, holder, migration, token, expires_at) VALUES (?, ?, ?, ?, 1, "
                + LATER
                + ") ON CONFLICT (scope) DO UPDATE SET holder = excluded.holder,"
                + " nodes = excluded.nodes, migration = excluded.migration,"
                + " token = held.token + 1, expires_at = "
                + LATER
                + " RETURNING token")) {
      int next = bindServers(statement, 1, servers);
      statement.setString(next, process);
      statement.setString(next + 1, name(key));
      statement.setLong(next + 2, length.toMillis());
      statement.setLong(next + 3, length.toMillis());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private boolean update(String change, String scope, long token, Duration by) {
    return database.ask(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "UPDATE async_migrations.lease SET "
                      + change
                      + " WHERE scope = ? AND holder = ? AND token = ?"
                      + " AND expires_at > clock_timestamp()")) {
            statement.setLong(1, by.toMillis());
            statement.setString(2, scope);
            statement.setString(3, process);
            statement.setLong(4, token);
            return statement.executeUpdate() == 1;
          }
        });
  }

  private static int bindServers(PreparedStatement statement, int first, Servers servers)
      throws SQLException {
    statement.setString(first, servers.scope());
    statement.setArray(
        first + 1, statement.getConnection().createArrayOf("text", servers.nodes().toArray()));
    return first + 2;
  }

  private static void bindAnother(PreparedStatement statement, int first, MigrationKey key)
      throws SQLException {
    statement.setString(first, name(key));
    statement.setArray(
        first + 1, statement.getConnection().createArrayOf("text", phasesWithoutRun()));
  }

  /** As the ledger spells them. */
  private static Object[] phasesWithoutRun() {
    return Arrays.stream(Phase.values()).filter(p -> !p.active()).map(Phase::name).toArray();
  }

  @Override
  public String toString() {
    return database.toString();
  }
}
