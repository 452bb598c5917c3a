package com.posthog.asyncmigrations.operation.sql;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.StepName;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends steps to PostgreSQL, each on a connection of its own that carries its name. */
public final class PostgresFlights {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresFlights.class);

  private final PostgresDatabase database;
  private final Flights flights;

  /** Sends to this database, and watches there. */
  public PostgresFlights(PostgresDatabase database, Flights flights) {
    this.database = database;
    this.flights = flights;
  }

  /** What a step does on its connection. */
  public interface Task {
    /** The answer. */
    EffectView on(Connection connection) throws AnswerLost;
  }

  /**
   * Connects, and then sends in a thread of its own. A step that could not even connect is known
   * not to have run, and may be submitted again.
   *
   * @throws ProblemException when it could not connect; the caller has a reason to show, and to
   *     wait
   */
  public void launch(String effectId, Task task, Runnable wake) {
    if (flights.stateOf(effectId).filter(s -> !(s instanceof Flights.State.Lost)).isPresent()) {
      return;
    }
    Connection connection;
    try {
      connection = database.connect(StepName.of(effectId));
    } catch (SQLException refused) {
      throw database.refusal(refused);
    }
    try {
      flights.launch(effectId, () -> answer(connection, task), wake);
    } catch (RuntimeException notStarted) {
      close(connection);
      throw notStarted;
    }
  }

  /** Whether the server has ended the connection. */
  public static boolean lost(Connection connection) {
    try {
      return connection.isClosed();
    } catch (SQLException unknown) {
      return true;
    }
  }

  private static EffectView answer(Connection connection, Task task) throws AnswerLost {
    try {
      return task.on(connection);
    } finally {
      close(connection);
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException closedAlready) {
      LOG.debug("A connection was closed by the server", closedAlready);
    }
  }
}
