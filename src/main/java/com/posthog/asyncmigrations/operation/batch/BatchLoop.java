package com.posthog.asyncmigrations.operation.batch;

import com.posthog.asyncmigrations.core.AnswerLost;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.batch.BatchSize;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.sql.PostgresFlights;
import com.posthog.asyncmigrations.postgres.Keyset;
import com.posthog.asyncmigrations.postgres.Mark;
import com.posthog.asyncmigrations.postgres.Marks;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The batches of one step, on a connection of their own, from its mark to its end. */
final class BatchLoop {
  /** A batch that takes so many times what it should is cancelled, and made smaller. */
  private static final int PATIENCE = 5;

  /** How long a batch that cannot be done now waits before it is tried again. */
  private static final Duration LATER = Duration.ofSeconds(1);

  /** Serialization failure, deadlock, lock not available: the same batch may pass later. */
  private static final Set<String> BUSY = Set.of("40001", "40P01", "55P03");

  private static final String CANCELLED = "57014";

  private final PostgresDatabase database;
  private final BatchConnection connection;
  private final Flights flights;
  private final Marks marks;
  private final Clock clock;
  private final Intent intent;
  private final Batches batches;
  private Optional<Mark> mark = Optional.empty();
  private Optional<BatchSize> size = Optional.empty();
  private Duration pause = Duration.ZERO;
  private Instant begun = Instant.EPOCH;

  BatchLoop(
      MarkedSteps marked, BatchConnection connection, Clock clock, Intent intent, Batches batches) {
    database = marked.database();
    this.connection = connection;
    flights = marked.flights();
    marks = marked.marks();
    this.clock = clock;
    this.intent = intent;
    this.batches = batches;
  }

  /** How long a statement of a batch may take. */
  static Duration limit(Step.Pace pace) {
    return pace.batchTime().multipliedBy(PATIENCE);
  }

  EffectView run() throws AnswerLost {
    try {
      connection.prepare();
      Keyset keyset = Keyset.of(connection.sql(), batches.table(), batches.key());
      connection.sql().rollback();
      Optional<EffectView> end = Optional.empty();
      while (end.isEmpty()) {
        end =
            flights.restsWithin(intent.effectId(), pause)
                ? Optional.of(new EffectView.Rested(mark.map(Mark::changed).orElse(0L)))
                : turn(keyset);
      }
      return end.get();
    } catch (ProblemException refused) {
      return new EffectView.Failed(refused.problem());
    } catch (SQLException failure) {
      Problem problem = database.problem(failure);
      if (PostgresFlights.lost(connection.sql())) {
        throw new AnswerLost(problem); // perhaps between a commit and its answer: the mark tells
      }
      return new EffectView.Failed(problem);
    }
  }

  private Optional<EffectView> turn(Keyset keyset) throws SQLException {
    begun = clock.instant();
    pause = Duration.ZERO;
    try {
      Optional<EffectView> end = advance(keyset);
      flights.waits(intent.effectId(), Optional.empty());
      return end;
    } catch (Busy busy) {
      tryAgain(busy.problem());
    } catch (SQLException failure) {
      if (PostgresFlights.lost(connection.sql())) {
        throw failure;
      }
      boolean late = !begun.plus(limit(batches.pace())).isAfter(clock.instant());
      if (CANCELLED.equals(failure.getSQLState()) && late) {
        connection.sql().rollback();
        shrink(keyset);
      } else if (BUSY.contains(failure.getSQLState())) {
        tryAgain(database.problem(failure));
      } else {
        throw failure;
      }
    }
    return Optional.empty();
  }

  private Optional<EffectView> advance(Keyset keyset) throws SQLException, Busy {
    if (mark.isEmpty()) {
      mark = Optional.of(read(keyset));
      return Optional.empty();
    }
    Mark now = mark.get();
    if (now.done()) {
      batches.end(keyset, now);
      return Optional.of(new EffectView.Finished(now.changed()));
    }
    BatchSize rows = size(now);
    mark = Optional.of(batches.next(keyset, now, rows.rows()));
    size =
        Optional.of(
            rows.after(Duration.between(begun, clock.instant()), batches.pace().batchTime()));
    pause = batches.pace().pause();
    return Optional.empty();
  }

  private BatchSize size(Mark now) {
    return size.orElseGet(() -> BatchSize.of(now.size(), batches.pace().mostRows()));
  }

  /** What is recorded, or the first mark. */
  private Mark read(Keyset keyset) throws SQLException, Busy {
    connection.begin(Duration.ZERO);
    Optional<Mark> recorded = marks.read(connection.sql(), intent);
    if (recorded.isEmpty()) {
      List<String> bound = keyset.greatest(connection.sql());
      batches.begin(keyset, bound);
      recorded =
          Optional.of(
              Mark.beginning(
                  bound, keyset.expected(connection.sql()), BatchSize.FIRST, batches.node()));
      marks.begin(connection.sql(), intent, recorded.get());
    }
    connection.sql().commit();
    return recorded.get();
  }

  /** The mark is read again: it may have been written before the batch was stopped. */
  private void tryAgain(Problem why) throws SQLException {
    connection.sql().rollback();
    flights.waits(intent.effectId(), Optional.of(why));
    mark = Optional.empty();
    pause = LATER;
  }

  private void shrink(Keyset keyset) throws SQLException {
    Mark now = mark.orElseThrow();
    if (size(now).rows() == 1) {
      throw tooSlow(keyset, now);
    }
    size = Optional.of(size(now).halved());
  }

  private ProblemException tooSlow(Keyset keyset, Mark now) throws SQLException {
    connection.begin(Duration.ZERO);
    List<String> key =
        keyset.ahead(connection.sql(), now.after(), now.bound(), 1).orElse(now.bound());
    connection.sql().rollback();
    return new ProblemException(
        new Problem(
            Reason.StatementTimedOut,
            "one row alone, with key %s of table %s, took longer than %s, which is %d times batchTime"
                .formatted(key, batches.table(), limit(batches.pace()), PATIENCE)));
  }
}
