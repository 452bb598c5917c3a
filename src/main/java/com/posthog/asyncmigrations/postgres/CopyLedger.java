package com.posthog.asyncmigrations.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.copy.Chunk;
import com.posthog.asyncmigrations.core.copy.CopyState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What is remembered of the copies of tables, in PostgreSQL. Only who runs the step that the run
 * waits for writes.
 */
public final class CopyLedger {
  private final PostgresDatabase database;
  private final RunWaits waits;
  private final ObjectMapper json = RecordedJson.mapper();

  /** In this database, for one migration. */
  public CopyLedger(PostgresDatabase database, MigrationKey key) {
    this.database = database;
    waits = new RunWaits(key);
  }

  /**
   * Which copy.
   *
   * @param runId of its run
   * @param target the table that it copies to, by the name that the plan has for it
   * @param shard where
   */
  public record Id(String runId, String target, String shard) {}

  /** How far a copy is; absent: it has not begun. */
  public Optional<CopyState> state(Id id) {
    return database.ask(
        connection -> read(connection, "copy", id, "", CopyState.class).stream().findFirst());
  }

  /** Its chunks, in their order. */
  public List<Chunk> chunks(Id id) {
    return database.ask(
        connection -> read(connection, "chunk", id, " ORDER BY number", Chunk.class));
  }

  /**
   * Remembers how far a copy is.
   *
   * @param effectId of the step that the copy is done for
   * @param forgotten numbers of chunks that count no more
   * @param chunks those that have changed or are new
   * @throws ProblemException when the run does not wait for that step any more
   */
  public void write(
      String effectId,
      Id id,
      CopyState state,
      Collection<Integer> forgotten,
      Collection<Chunk> chunks) {
    database.transact(
        connection -> {
          waits.require(connection, effectId);
          put(connection, "copy", "", id, state, 0);
          for (int number : forgotten) {
            forget(connection, id, number);
          }
          for (Chunk chunk : chunks) {
            put(connection, "chunk", ", number", id, chunk, chunk.number());
          }
          return true;
        });
  }

  /**
   * Forgets a copy.
   *
   * @throws ProblemException when the run does not wait for that step any more
   */
  public void remove(String effectId, Id id) {
    database.transact(
        connection -> {
          waits.require(connection, effectId);
          for (String table : List.of("copy", "chunk")) {
            try (PreparedStatement statement =
                connection.prepareStatement("DELETE FROM async_migrations." + table + where())) {
              bind(statement, id);
              statement.executeUpdate();
            }
          }
          return true;
        });
  }

  private void forget(Connection connection, Id id, int number) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM async_migrations.chunk" + where() + " AND number = ?")) {
      bind(statement, id);
      statement.setInt(6, number);
      statement.executeUpdate();
    }
  }

  private <T> List<T> read(Connection connection, String table, Id id, String order, Class<T> type)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT state FROM async_migrations." + table + where() + order)) {
      bind(statement, id);
      try (ResultSet rows = statement.executeQuery()) {
        List<T> found = new ArrayList<>();
        while (rows.next()) {
          found.add(json.readValue(rows.getString(1), type));
        }
        return found;
      } catch (JsonProcessingException broken) {
        throw new ProblemException(
            new Problem(
                Reason.LedgerLost,
                "async_migrations.%s cannot be read: %s"
                    .formatted(table, broken.getOriginalMessage())));
      }
    }
  }

  private void put(
      Connection connection, String table, String numbered, Id id, Object state, int number)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            ("INSERT INTO async_migrations.%1$s (state, namespace, name, run_id, target, shard%2$s)"
                    + " VALUES (?::jsonb, ?, ?, ?, ?, ?%3$s)"
                    + " ON CONFLICT (namespace, name, run_id, target, shard%2$s)"
                    + " DO UPDATE SET state = excluded.state")
                .formatted(table, numbered, numbered.isEmpty() ? "" : ", ?"))) {
      statement.setString(1, json.writeValueAsString(state));
      waits.key(statement, 2);
      statement.setString(4, id.runId());
      statement.setString(5, id.target());
      statement.setString(6, id.shard());
      if (!numbered.isEmpty()) {
        statement.setInt(7, number);
      }
      statement.executeUpdate();
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException(broken);
    }
  }

  private static String where() {
    return " WHERE namespace = ? AND name = ? AND run_id = ? AND target = ? AND shard = ?";
  }

  private void bind(PreparedStatement statement, Id id) throws SQLException {
    waits.key(statement, 1);
    statement.setString(3, id.runId());
    statement.setString(4, id.target());
    statement.setString(5, id.shard());
  }
}
