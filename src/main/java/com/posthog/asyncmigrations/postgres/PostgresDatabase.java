package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.Redaction;
import com.posthog.asyncmigrations.core.decide.NodeRef;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One database of a PostgreSQL server. Short questions share a small pool, whose sockets give up
 * when the server does not answer; a statement that may take hours has a connection of its own,
 * which never does.
 */
public final class PostgresDatabase implements AutoCloseable {
  /** What the short questions are called in {@code pg_stat_activity}. */
  private static final String APPLICATION = "asyncmig";

  private static final int MOST_CONNECTIONS = 8;
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final String host;
  private final int port;
  private final String database;
  private final String sslMode;
  private final Credentials credentials;
  private final Redaction redaction;
  private final HikariDataSource pool;

  /**
   * Connects when it is first asked something; a server that is away does not keep it from being
   * made.
   */
  public PostgresDatabase(
      String host, int port, String database, String sslMode, Credentials credentials) {
    this(host, port, database, sslMode, credentials, Redaction.of(credentials));
  }

  /** The same, whose errors are without the secrets of others too. */
  public PostgresDatabase(
      String host,
      int port,
      String database,
      String sslMode,
      Credentials credentials,
      Redaction redaction) {
    this.host = host;
    this.port = port;
    this.database = database;
    this.sslMode = sslMode;
    this.credentials = credentials;
    this.redaction = redaction;
    pool = new HikariDataSource(pooled(source(APPLICATION, ANSWER)));
  }

  /** Something that is done on a connection. */
  public interface Query<T> {
    /** Does it. */
    T on(Connection connection) throws SQLException;
  }

  /**
   * The answer to a short question. Each of its statements commits by itself.
   *
   * @throws ProblemException when there is none
   */
  public <T> T ask(Query<T> query) {
    try (Connection connection = pool.getConnection()) {
      return query.on(connection);
    } catch (SQLException unanswered) {
      throw refusal(unanswered);
    }
  }

  /**
   * What a short transaction comes to. Whatever it throws rolls it back.
   *
   * @throws ProblemException when the server refused it or was lost; it may have committed all the
   *     same
   */
  public <T> T transact(Query<T> query) {
    return ask(
        connection -> {
          connection.setAutoCommit(
              false); // the pool rolls back what is not committed, and resets this
          T result = query.on(connection);
          connection.commit();
          return result;
        });
  }

  /**
   * Connects once outside the pool, which would try for five seconds before it says what is wrong.
   *
   * @throws ProblemException when the server is away, or refuses
   */
  public void probe() {
    try {
      source(APPLICATION, ANSWER).getConnection().close();
    } catch (SQLException refused) {
      throw refusal(refused);
    }
  }

  /** A new connection outside the pool, for a step that may run for long. The caller closes it. */
  public Connection connect(StepName step) throws SQLException {
    return source(step.text(), Duration.ZERO).getConnection();
  }

  /** The problem that an exception of a connection to here is about; tells no secret. */
  public Problem problem(SQLException exception) {
    return PostgresProblems.of(exception, redaction);
  }

  /** The same, with where it was met, to be thrown. */
  public ProblemException refusal(SQLException exception) {
    return new ProblemException(problem(exception).at("PostgreSQL at " + address()));
  }

  /** Host and port. */
  public String address() {
    return host + ":" + port;
  }

  /**
   * The server as it presents itself now. Needs the {@link Schema}, which keeps the database's
   * identity.
   */
  public NodeRef node() {
    return ask(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT id, pg_postmaster_start_time(), clock_timestamp()"
                          + " FROM async_migrations.database_identity")) {
            if (!row.next()) {
              throw new ProblemException(
                  new Problem(
                      Reason.LedgerLost,
                      "schema async_migrations has lost the database's identity"));
            }
            return new NodeRef("pg", address(), row.getString(1), instant(row, 2), instant(row, 3));
          }
        });
  }

  static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private PGSimpleDataSource source(String applicationName, Duration answer) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {host});
    source.setPortNumbers(new int[] {port});
    source.setDatabaseName(database);
    source.setSslMode(sslMode);
    source.setUser(credentials.user());
    source.setPassword(credentials.password());
    source.setApplicationName(applicationName);
    source.setConnectTimeout((int) CONNECT.toSeconds());
    source.setLoginTimeout((int) ANSWER.toSeconds());
    source.setSocketTimeout((int) answer.toSeconds());
    source.setTcpKeepAlive(true);
    source.setPrepareThreshold(
        0); // PgBouncer, which PostHog has by default, may not know prepared statements
    source.setLogServerErrorDetail(false); // it quotes rows
    return source;
  }

  private HikariConfig pooled(PGSimpleDataSource source) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("postgres " + address());
    config.setDataSource(source);
    config.setMaximumPoolSize(MOST_CONNECTIONS);
    config.setMinimumIdle(0);
    config.setIdleTimeout(Duration.ofMinutes(1).toMillis());
    config.setConnectionTimeout(CONNECT.toMillis());
    config.setInitializationFailTimeout(
        -1); // a server that is away is a problem to report, not a failed start
    return config;
  }

  @Override
  public String toString() {
    return address() + "/" + database;
  }

  /** Closes the pool. Connections of their own live on. */
  @Override
  public void close() {
    pool.close();
  }
}
