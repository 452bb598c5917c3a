package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.decide.RecordedError;
import com.posthog.asyncmigrations.core.decide.Run;
import com.posthog.asyncmigrations.core.decide.Servers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What is remembered of the migrations, in PostgreSQL. Only the holder of the lease writes, and
 * only what follows on what it has read.
 */
public final class Ledger {
  private final PostgresDatabase database;
  private final String process;
  private final RecordedJson json = new RecordedJson();

  /**
   * The ledger in this database.
   *
   * @param process the name that the {@link Leases} are held under
   */
  public Ledger(PostgresDatabase database, String process) {
    this.database = database;
    this.process = process;
  }

  /** The world has moved on since the decision was made: nothing was written, decide again. */
  public static final class Overtaken extends RuntimeException {
    private static final long serialVersionUID = 1;

    Overtaken(String why) {
      super(why);
    }
  }

  /** What is remembered of a migration. */
  public Optional<Recorded> read(MigrationKey key) {
    return database.ask(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "SELECT m.state, p.body FROM async_migrations.migration m"
                      + " LEFT JOIN async_migrations.plan p ON p.hash = m.plan_hash"
                      + " WHERE m.namespace = ? AND m.name = ? AND m.migration = ?")) {
            bind(statement, 1, key);
            try (ResultSet row = statement.executeQuery()) {
              return row.next()
                  ? Optional.of(json.read(row.getString(1), Optional.ofNullable(row.getString(2))))
                  : Optional.empty();
            }
          }
        });
  }

  /**
   * Remembers what follows on {@code before}.
   *
   * @throws Overtaken when the lease was lost, something else was written meanwhile, or the step
   *     that would be forgotten has committed after all
   */
  public void write(
      MigrationKey key, Servers servers, LeaseView.Held lease, Recorded before, Recorded next) {
    database.transact(
        connection -> {
          requireLease(connection, servers.scope(), lease);
          if (next.run().isPresent()) {
            insertPlan(connection, next.theRun());
          }
          if (!store(connection, key, before, next)) {
            throw new Overtaken("something else was recorded after revision " + before.revision());
          }
          Optional<Intent> forgotten = forgottenAsNotRun(before, next);
          if (forgotten.isPresent() && committed(connection, forgotten.get().effectId())) {
            throw new Overtaken("step " + forgotten.get().effectId() + " has committed");
          }
          appendErrors(connection, key, before, next);
          return next;
        });
  }

  /** Whether a transactional statement has committed. */
  public static boolean committed(Connection connection, String effectId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT 1 FROM async_migrations.step WHERE effect_id = ?")) {
      statement.setString(1, effectId);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /** The lock keeps the lease from being taken over before this transaction ends. */
  private void requireLease(Connection connection, String scope, LeaseView.Held lease)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT 1 FROM async_migrations.lease WHERE scope = ? AND holder = ? AND token = ?"
                + " AND expires_at > clock_timestamp() FOR SHARE")) {
      statement.setString(1, scope);
      statement.setString(2, process);
      statement.setLong(3, lease.token());
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new Overtaken("the lease with token " + lease.token() + " was lost");
        }
      }
    }
  }

  private void insertPlan(Connection connection, Run run) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO async_migrations.plan (hash, body)"
                + " SELECT ?, ?::jsonb WHERE NOT EXISTS"
                + " (SELECT 1 FROM async_migrations.plan WHERE hash = ?) ON CONFLICT DO NOTHING")) {
      statement.setString(1, run.plan().hash());
      statement.setString(2, json.plan(run.plan()));
      statement.setString(3, run.plan().hash());
      statement.executeUpdate();
    }
  }

  /**
   * A row is only made for a migration that has had no run: a run whose row is missing was lost.
   */
  private boolean store(Connection connection, MigrationKey key, Recorded before, Recorded next)
      throws SQLException {
    String row =
        before.run().isEmpty()
            ? "INSERT INTO async_migrations.migration AS m"
                + " (revision, run_id, plan_hash, state, namespace, name, migration)"
                + " VALUES (?, ?, ?, ?::jsonb, ?, ?, ?)"
                + " ON CONFLICT (namespace, name, migration) DO UPDATE SET"
                + " revision = excluded.revision, run_id = excluded.run_id,"
                + " plan_hash = excluded.plan_hash, state = excluded.state,"
                + " updated_at = clock_timestamp() WHERE m.revision = ?"
            : "UPDATE async_migrations.migration SET"
                + " revision = ?, run_id = ?, plan_hash = ?, state = ?::jsonb,"
                + " updated_at = clock_timestamp()"
                + " WHERE namespace = ? AND name = ? AND migration = ? AND revision = ?";
    try (PreparedStatement statement = connection.prepareStatement(row)) {
      statement.setLong(1, next.revision());
      statement.setString(2, next.run().map(Run::id).orElse(null));
      statement.setString(3, next.run().map(run -> run.plan().hash()).orElse(null));
      statement.setString(4, json.state(next));
      bind(statement, 5, key);
      statement.setLong(8, before.revision());
      return statement.executeUpdate() == 1;
    }
  }

  /**
   * The step that is given up while the run stays where it stood, which is right only if it never
   * ran. A start of it that was still on its way may have proven that wrong since it was looked
   * for.
   */
  private static Optional<Intent> forgottenAsNotRun(Recorded before, Recorded next) {
    Optional<Intent> intent = before.run().flatMap(Run::intent);
    Optional<Run> run = next.run();
    if (intent.isEmpty() || run.isEmpty()) {
      return Optional.empty();
    }
    String effectId = intent.get().effectId();
    boolean kept = run.get().intent().filter(i -> i.effectId().equals(effectId)).isPresent();
    return !kept && intent.get().position().sameStep(run.get().next()) ? intent : Optional.empty();
  }

  private static void appendErrors(
      Connection connection, MigrationKey key, Recorded before, Recorded next) throws SQLException {
    if (next.run().isEmpty()) {
      return;
    }
    Run run = next.theRun();
    List<RecordedError> fresh = new ArrayList<>(run.errors());
    before.run().filter(b -> b.id().equals(run.id())).ifPresent(b -> fresh.removeAll(b.errors()));
    Collections.reverse(fresh); // the newest comes first in a run, and last in a table
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO async_migrations.error"
                + " (namespace, name, run_id, at, operation, reason, message)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      for (RecordedError error : fresh) {
        statement.setString(1, key.namespace());
        statement.setString(2, key.name());
        statement.setString(3, run.id());
        statement.setObject(4, OffsetDateTime.ofInstant(error.at(), ZoneOffset.UTC));
        statement.setString(5, error.operation());
        statement.setString(6, error.problem().reason().name());
        statement.setString(7, error.problem().message());
        statement.executeUpdate();
      }
    }
  }

  private static void bind(PreparedStatement statement, int first, MigrationKey key)
      throws SQLException {
    statement.setString(first, key.namespace());
    statement.setString(first + 1, key.name());
    statement.setString(first + 2, key.migration());
  }
}
