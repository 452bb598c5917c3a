package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.batch.BatchSize;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.SqlText;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.sql.PostgresFlights;
import com.posthog.asyncmigrations.operation.sql.PostgresText;
import com.posthog.asyncmigrations.postgres.Keyset;
import com.posthog.asyncmigrations.postgres.Mark;
import com.posthog.asyncmigrations.postgres.Marks;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The batches of one step, on a connection of their own, from its mark to its end. */
final class BatchLoop {
  /** A batch that takes so many times what it should is cancelled, and made smaller. */
  private static final int PATIENCE = 5;

  /** How long a batch that met others' locks waits before it is tried again. */
  private static final Duration LOCKED = Duration.ofSeconds(1);

  /** Locks are not held for a client that is gone without a word. */
  private static final Duration SILENT = Duration.ofMinutes(1);

  /** Serialization failure, deadlock, lock not available: the same batch may pass later. */
  private static final Set<String> BUSY = Set.of("40001", "40P01", "55P03");

  private static final String CANCELLED = "57014";

  private final PostgresDatabase database;
  private final Connection connection;
  private final Flights flights;
  private final Marks marks;
  private final Clock clock;
  private final Intent intent;
  private final Step.BatchUpdate step;
  private final Duration limit;

  BatchLoop(
      PostgresDatabase database,
      Connection connection,
      Flights flights,
      Marks marks,
      Clock clock,
      Intent intent,
      Step.BatchUpdate step) {
    this.database = database;
    this.connection = connection;
    this.flights = flights;
    this.marks = marks;
    this.clock = clock;
    this.intent = intent;
    this.step = step;
    limit = step.how().batchTime().multipliedBy(PATIENCE);
  }

  /** How far it is after a batch was tried, and what comes next. */
  private record State(Mark mark, BatchSize size, Duration pause) {}

  EffectView run() throws AnswerLost {
    try {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      Keyset keyset = Keyset.of(connection, step.table(), step.key());
      Mark mark = mark(keyset);
      State now = new State(mark, BatchSize.of(mark.size(), step.how().mostRows()), Duration.ZERO);
      while (!now.mark().done()) {
        if (flights.restsWithin(intent.effectId(), now.pause())) {
          return new EffectView.Rested(now.mark().changed());
        }
        now = next(keyset, now);
      }
      return new EffectView.Finished(now.mark().changed());
    } catch (ProblemException refused) {
      return new EffectView.Failed(refused.problem());
    } catch (SQLException failure) {
      Problem problem = database.problem(failure);
      if (PostgresFlights.lost(connection)) {
        throw new AnswerLost(problem); // perhaps between a commit and its answer: the mark tells
      }
      return new EffectView.Failed(problem);
    }
  }

  private Mark mark(Keyset keyset) throws SQLException {
    settings(Duration.ZERO);
    Optional<Mark> mark = marks.read(connection, intent);
    if (mark.isEmpty()) {
      mark =
          Optional.of(
              Mark.beginning(
                  keyset.greatest(connection), keyset.expected(connection), BatchSize.FIRST));
      marks.begin(connection, intent, mark.get());
    }
    connection.commit();
    return mark.get();
  }

  private State next(Keyset keyset, State now) throws SQLException {
    Instant begun = clock.instant();
    int rows = now.size().rows();
    try {
      Mark mark = batch(keyset, now.mark(), rows);
      Duration taken = Duration.between(begun, clock.instant());
      flights.waits(intent.effectId(), Optional.empty());
      return new State(mark, now.size().after(taken, step.how().batchTime()), step.how().pause());
    } catch (SQLException failure) {
      if (PostgresFlights.lost(connection)) {
        throw failure;
      }
      connection.rollback();
      boolean late = !begun.plus(limit).isAfter(clock.instant());
      if (CANCELLED.equals(failure.getSQLState()) && late) {
        if (rows == 1) {
          throw tooSlow(keyset, now.mark());
        }
        return new State(now.mark(), now.size().halved(), Duration.ZERO);
      }
      if (BUSY.contains(failure.getSQLState())) {
        flights.waits(intent.effectId(), Optional.of(database.problem(failure)));
        return new State(now.mark(), now.size(), LOCKED);
      }
      throw failure;
    }
  }

  /** One batch and its mark, in one transaction. */
  private Mark batch(Keyset keyset, Mark mark, int rows) throws SQLException {
    settings(limit);
    Optional<List<String>> ahead = keyset.ahead(connection, mark.after(), mark.bound(), rows);
    List<String> to = ahead.orElse(mark.bound());
    Map<String, String> values = new TreeMap<>(step.parameters());
    values.putAll(Keyset.range(mark.after(), to));
    String sql = SqlText.forBatch(step.sql(), keyset.condition(mark.after().isEmpty()));
    long changed = PostgresText.bound(sql, values).execute(connection);
    Mark next = mark.advanced(to, ahead.isPresent() ? rows : 0, changed, rows);
    marks.advance(connection, intent, mark, next);
    connection.commit();
    return next;
  }

  /** Of this transaction alone: behind a pooler the connection may be another's in the next. */
  private void settings(Duration most) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT set_config('statement_timeout', ?, true), set_config('lock_timeout', ?, true),"
                + " set_config('idle_in_transaction_session_timeout', ?, true),"
                + " set_config('client_min_messages', 'error', true)")) {
      statement.setString(1, Long.toString(most.toMillis()));
      statement.setString(2, Long.toString(most.toMillis() / 2));
      statement.setString(3, Long.toString(SILENT.toMillis()));
      statement.execute();
    }
  }

  private ProblemException tooSlow(Keyset keyset, Mark mark) throws SQLException {
    settings(Duration.ZERO);
    List<String> key = keyset.ahead(connection, mark.after(), mark.bound(), 1).orElse(mark.bound());
    connection.rollback();
    return new ProblemException(
        new Problem(
            Reason.StatementTimedOut,
            "one row alone, with key %s of table %s, took longer than %s, which is %d times batchTime"
                .formatted(key, step.table(), limit, PATIENCE)));
  }
}
