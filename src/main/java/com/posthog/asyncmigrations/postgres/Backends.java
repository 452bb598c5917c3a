package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.ProblemException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's processes that run steps, found by the steps' names: also those that another
 * operator process started.
 */
public final class Backends {
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  /** How long a statement may take to react to being cancelled. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final Duration FORGET = Duration.ofMinutes(10);

  private static final String NAMED =
      " FROM pg_stat_activity WHERE application_name = ?"
          + " AND datname = current_database() AND pid <> pg_backend_pid()";

  private final PostgresDatabase database;
  private final Clock clock;
  private final Map<String, Instant> cancelledSince = new ConcurrentHashMap<>();

  /** Those of this database. */
  public Backends(PostgresDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * Whether the step runs anywhere. What another role runs has no state to be seen, and counts.
   *
   * @throws ProblemException when the server does not answer
   */
  public boolean running(StepName step) {
    return count("SELECT count(*)" + NAMED + " AND state IS DISTINCT FROM 'idle'", step) > 0;
  }

  /**
   * Whether a connection of the step is there, also one that has nothing to do at the moment.
   *
   * @throws ProblemException when the server does not answer
   */
  public boolean connected(StepName step) {
    return count("SELECT count(*)" + NAMED, step) > 0;
  }

  /** Cancels the step; one that has not reacted to that for some seconds loses its connection. */
  public void kill(StepName step) {
    Instant now = clock.instant();
    cancelledSince.values().removeIf(since -> since.plus(FORGET).isBefore(now));
    Instant since = cancelledSince.computeIfAbsent(step.text(), name -> now);
    boolean patient = now.isBefore(since.plus(PATIENCE));
    String how = patient ? "pg_cancel_backend" : "pg_terminate_backend";
    try {
      int found = count("SELECT count(" + how + "(pid))" + NAMED, step);
      LOG.info("{} of step {}: {} found", how, step, found);
    } catch (ProblemException unanswered) {
      LOG.warn("Step {} was not ended: {}", step, unanswered.problem().message());
    }
  }

  private int count(String query, StepName step) {
    return database.ask(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setString(1, step.text());
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? row.getInt(1) : 0;
            }
          }
        });
  }
}
