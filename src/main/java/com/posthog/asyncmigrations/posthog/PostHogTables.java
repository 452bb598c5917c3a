package com.posthog.asyncmigrations.posthog;

import com.posthog.asyncmigrations.core.MigrationKey;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Recent;
import com.posthog.asyncmigrations.core.decide.Recorded;
import com.posthog.asyncmigrations.core.mirror.PostHogRow;
import com.posthog.asyncmigrations.core.mirror.Reflection;
import com.posthog.asyncmigrations.core.mirror.Verdict;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostHog's tables {@code posthog_asyncmigration} and {@code posthog_asyncmigrationerror} of one
 * database. Where they are missing, or have not the columns that PostHog gave them, there is no
 * PostHog, and nothing is asked again before a run starts.
 */
public final class PostHogTables {
  private static final Logger LOG = LoggerFactory.getLogger(PostHogTables.class);

  /** As the status: what differs by its progress alone can wait. */
  private static final Duration RATE = Duration.ofSeconds(5);

  private static final String COMPLETE =
      """
      SELECT count(*) = 17 FROM pg_attribute
      WHERE attnum > 0 AND NOT attisdropped
        AND (attrelid = to_regclass('posthog_asyncmigration')
            AND attname IN ('id', 'name', 'description', 'progress', 'status', 'current_operation_index',
                'current_query_id', 'celery_task_id', 'started_at', 'finished_at', 'posthog_min_version',
                'posthog_max_version', 'parameters')
          OR attrelid = to_regclass('posthog_asyncmigrationerror')
            AND attname IN ('id', 'created_at', 'description', 'async_migration_id'))
      """;

  private final PostgresDatabase database;
  private final Clock clock;
  private final RowWriter writer;
  private volatile Presence presence = Presence.UNKNOWN;

  /** What was agreed upon last, so that it is not asked for again. */
  private final Map<MigrationKey, Agreed> agreed = Recent.map();

  /** The tables in this database, whose {@code Schema} is up to date. */
  public PostHogTables(PostgresDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
    writer = new RowWriter(database, clock);
  }

  private enum Presence {
    UNKNOWN,
    ABSENT,
    COMPLETE
  }

  private record Agreed(Reflection reflection, Instant at) {}

  /**
   * PostHog's row of a migration; empty where there is none, or no PostHog.
   *
   * @param afresh whether tables that were missing are looked for again
   * @throws ProblemException when it cannot be read
   */
  public Optional<PostHogRow> find(String migration, boolean afresh) {
    if (!areThere(afresh)) {
      return Optional.empty();
    }
    try {
      return database.ask(
          connection -> {
            try (PreparedStatement statement =
                connection.prepareStatement(RowWriter.ROW + " WHERE p.name = ?")) {
              statement.setString(1, migration);
              try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(RowWriter.row(row)) : Optional.empty();
              }
            }
          });
    } catch (ProblemException unreadable) {
      if (look()) {
        throw unreadable;
      }
      return Optional.empty();
    }
  }

  /**
   * Makes PostHog's row say this, if it does not yet and is not PostHog's own run. What was agreed
   * upon is remembered, and costs nothing the next time.
   *
   * @return whether it says so, or is not to be changed; if not, this is to be tried again
   * @throws ProblemException when it could not be written
   */
  public boolean reflect(
      MigrationKey key, Reflection wanted, Recorded recorded, Definition definition) {
    Optional<Agreed> last = Optional.ofNullable(agreed.get(key));
    if (last.filter(l -> wanted.isSettledBy(l.reflection()) || tooSoon(l, wanted)).isPresent()) {
      return true;
    }
    if (areThere(false)) {
      Verdict verdict = write(key, wanted, recorded, definition);
      LOG.debug("{} of PostHog's row: {}", verdict, wanted.occasion());
      if (verdict == Verdict.WAIT) {
        return false;
      }
    }
    agreed.put(key, new Agreed(wanted, clock.instant()));
    return true;
  }

  private Verdict write(
      MigrationKey key, Reflection wanted, Recorded recorded, Definition definition) {
    try {
      return writer.write(key, wanted, recorded, definition);
    } catch (ProblemException unwritten) {
      if (look()) {
        throw unwritten;
      }
      return Verdict.LEAVE;
    }
  }

  private boolean tooSoon(Agreed last, Reflection wanted) {
    return wanted.differsInProgressOnly(last.reflection())
        && clock.instant().isBefore(last.at().plus(RATE));
  }

  private boolean areThere(boolean afresh) {
    boolean known = presence == Presence.COMPLETE || (presence == Presence.ABSENT && !afresh);
    return known ? presence == Presence.COMPLETE : look();
  }

  private boolean look() {
    boolean complete =
        database.ask(
            connection -> {
              try (Statement statement = connection.createStatement();
                  ResultSet row = statement.executeQuery(COMPLETE)) {
                return row.next() && row.getBoolean(1);
              }
            });
    presence = complete ? Presence.COMPLETE : Presence.ABSENT;
    return complete;
  }
}
