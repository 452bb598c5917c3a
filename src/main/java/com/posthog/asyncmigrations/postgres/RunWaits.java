package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Whether the run of a migration still waits for a step: nobody else may write what it has done.
 */
public record RunWaits(MigrationKey key) {

  /**
   * Keeps the run from moving on before the transaction ends.
   *
   * @throws ProblemException when it does not wait for that step any more
   */
  public void require(Connection connection, String effectId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT 1 FROM async_migrations.migration WHERE namespace = ? AND name = ?"
                + " AND migration = ? AND (state #>> '{run,intent,effectId}' = ?"
                + " OR state #> '{run,intent,parts}'"
                + " @> jsonb_build_array(jsonb_build_object('effectId', ?::text))) FOR SHARE")) {
      key(statement, 1);
      statement.setString(3, key.migration());
      statement.setString(4, effectId);
      statement.setString(5, effectId);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new ProblemException(
              new Problem(
                  Reason.StatementFailed,
                  "the run has moved on, and does not wait for step " + effectId));
        }
      }
    }
  }

  /** The resource's namespace and name, as parameters. */
  void key(PreparedStatement statement, int first) throws SQLException {
    statement.setString(first, key.namespace());
    statement.setString(first + 1, key.name());
  }
}
