package com.posthog.asyncmigrations.operation.batch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/** The connection to PostgreSQL of one step, on which its batches are transactions. */
record BatchConnection(Connection sql) {
  /** Locks are not held for a client that is gone without a word. */
  private static final Duration SILENT = Duration.ofMinutes(1);

  void prepare() throws SQLException {
    sql.setAutoCommit(false);
    sql.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
  }

  /**
   * Begins a transaction whose statements may take so long each, and half of that for a lock; zero:
   * as long as they take. The settings are those of this transaction alone: behind a pooler the
   * connection may be another's in the next.
   */
  void begin(Duration most) throws SQLException {
    try (PreparedStatement statement =
        sql.prepareStatement(
            "SELECT set_config('statement_timeout', ?, true), set_config('lock_timeout', ?, true),"
                + " set_config('idle_in_transaction_session_timeout', ?, true),"
                + " set_config('client_min_messages', 'error', true)")) {
      statement.setString(1, Long.toString(most.toMillis()));
      statement.setString(2, Long.toString(most.toMillis() / 2));
      statement.setString(3, Long.toString(SILENT.toMillis()));
      statement.execute();
    }
  }
}
