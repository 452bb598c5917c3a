package com.posthog.asyncmigrations.embedded;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Starts one PostgreSQL server for all tests, and gives each test that asks for it a fresh {@link
 * Fresh database}.
 */
public final class SharedPostgres implements ParameterResolver {
  /** The password of the role {@code posthog}: one that no log contains by chance. */
  public static final String PASSWORD = "s3cret-Zebra'77";

  private static final Namespace NAMESPACE = Namespace.create(SharedPostgres.class);
  private static final AtomicInteger NEXT = new AtomicInteger();

  /** An empty database on the shared server. What was opened is closed after the test. */
  public static final class Fresh implements AutoCloseable {
    private final PostgresProcess server;
    private final String name;
    private final List<PostgresDatabase> opened = new ArrayList<>();

    private Fresh(PostgresProcess server, String name) {
      this.server = server;
      this.name = name;
      server.createDatabase(name);
    }

    /** The server; shared, so not to be killed. */
    public PostgresProcess server() {
      return server;
    }

    /** The database's name. */
    public String name() {
      return name;
    }

    /** Connects to it as the operator does. */
    public PostgresDatabase open() {
      PostgresDatabase database =
          new PostgresDatabase(
              server.host(),
              server.port(),
              name,
              "prefer",
              new Credentials(PostgresProcess.USER, PASSWORD));
      opened.add(database);
      return database;
    }

    /** Another database on the same server. */
    public Fresh another() {
      return new Fresh(server, "test" + NEXT.incrementAndGet());
    }

    /** Does something as the superuser. */
    public void asSuperuser(String... statements) {
      server.asSuperuser(name, statements);
    }

    /** First column of the first row, as text. */
    public String value(String query) {
      return opened
          .get(0)
          .ask(
              connection -> {
                try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(query)) {
                  return row.next() ? String.valueOf(row.getString(1)) : "no row";
                }
              });
    }

    @Override
    public void close() {
      opened.forEach(PostgresDatabase::close);
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
    return parameter.getParameter().getType() == Fresh.class;
  }

  @Override
  public Fresh resolveParameter(ParameterContext parameter, ExtensionContext test) {
    PostgresProcess server =
        test.getRoot()
            .getStore(NAMESPACE)
            .computeIfAbsent(
                PostgresProcess.class,
                type -> PostgresProcess.start(PASSWORD),
                PostgresProcess.class);
    return test.getStore(NAMESPACE)
        .computeIfAbsent(
            Fresh.class, type -> new Fresh(server, "test" + NEXT.incrementAndGet()), Fresh.class);
  }
}
