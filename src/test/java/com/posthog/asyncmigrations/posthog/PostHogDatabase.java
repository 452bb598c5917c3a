package com.posthog.asyncmigrations.posthog;

import com.posthog.asyncmigrations.embedded.SharedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** A database in which PostHog has made its tables, and what PostHog itself does there. */
public final class PostHogDatabase {
  /** What Django makes of PostHog's models; the constraint's name has a space in PostHog too. */
  private static final String TABLES =
      """
      CREATE TABLE posthog_asyncmigration (
        id                      bigserial PRIMARY KEY,
        name                    varchar(50)  NOT NULL,
        description             varchar(400) NULL,
        progress                smallint     NOT NULL CHECK (progress >= 0),
        status                  smallint     NOT NULL CHECK (status >= 0),
        current_operation_index smallint     NOT NULL CHECK (current_operation_index >= 0),
        current_query_id        varchar(100) NOT NULL,
        celery_task_id          varchar(100) NOT NULL,
        started_at              timestamptz  NULL,
        finished_at             timestamptz  NULL,
        posthog_min_version     varchar(20)  NULL,
        posthog_max_version     varchar(20)  NULL,
        parameters              jsonb        NOT NULL,
        CONSTRAINT "unique name" UNIQUE (name)
      );
      CREATE TABLE posthog_asyncmigrationerror (
        id                 bigserial PRIMARY KEY,
        created_at         timestamptz NOT NULL,
        description        text        NOT NULL,
        async_migration_id bigint      NOT NULL
          REFERENCES posthog_asyncmigration (id) DEFERRABLE INITIALLY DEFERRED
      );
      CREATE INDEX ON posthog_asyncmigrationerror (async_migration_id);
      """;

  private final SharedPostgres.Fresh database;

  private PostHogDatabase(SharedPostgres.Fresh database) {
    this.database = database;
  }

  /** PostHog makes its tables here; the role that the operator has may use them. */
  public static PostHogDatabase create(SharedPostgres.Fresh database) {
    database.asSuperuser(
        TABLES,
        "GRANT ALL ON posthog_asyncmigration, posthog_asyncmigrationerror TO posthog",
        "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO posthog");
    return new PostHogDatabase(database);
  }

  /** PostHog gets to know a migration at its set-up. */
  public void knows(String migration, int status) {
    database.asSuperuser(
        """
        INSERT INTO posthog_asyncmigration (name, description, progress, status, current_operation_index,
          current_query_id, celery_task_id, posthog_min_version, posthog_max_version, parameters)
        VALUES ('%s', 'PostHog''s own words', 0, %d, 0, '', '', '1.36.0', '1.41.99', '{"TEAM_ID": 7}')
        """
            .formatted(migration, status));
  }

  /** PostHog itself sets a status; what it runs has a Celery task. */
  public void sets(String migration, int status, String task) {
    database.asSuperuser(
        "UPDATE posthog_asyncmigration SET status = %d, celery_task_id = '%s' WHERE name = '%s'"
            .formatted(status, task, migration));
  }

  /**
   * Somebody holds the table locked, so that it can be read, but not written, until this is closed.
   */
  public Lock lock() {
    return new Lock(database);
  }

  /** A transaction that holds the table locked. */
  public static final class Lock implements AutoCloseable {
    private final Connection connection;

    private Lock(SharedPostgres.Fresh database) {
      try {
        connection =
            DriverManager.getConnection(
                "jdbc:postgresql://%s:%d/%s?user=postgres"
                    .formatted(
                        database.server().host(), database.server().port(), database.name()));
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
          statement.execute("LOCK TABLE posthog_asyncmigration IN EXCLUSIVE MODE");
        }
      } catch (SQLException refused) {
        throw new IllegalStateException(refused);
      }
    }

    @Override
    public void close() {
      try {
        connection.close();
      } catch (SQLException lost) {
        throw new IllegalStateException(lost);
      }
    }
  }

  /** Its integer; "no row" where there is none. */
  public String status(String migration) {
    return value("status", migration);
  }

  /** One column of the row. */
  public String value(String column, String migration) {
    return database.value(
        "SELECT %s FROM posthog_asyncmigration WHERE name = '%s'".formatted(column, migration));
  }

  /** All errors, oldest first, one a line. */
  public String errors(String migration) {
    return database.value(
        """
        SELECT coalesce(string_agg(e.description, E'\\n' ORDER BY e.id), '')
        FROM posthog_asyncmigrationerror e
        JOIN posthog_asyncmigration m ON m.id = e.async_migration_id WHERE m.name = '%s'
        """
            .formatted(migration));
  }
}
