package com.posthog.asyncmigrations.embedded;

import com.posthog.asyncmigrations.core.Credentials;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a {@link TestDatabase}: one server for the whole run, and a fresh database for each
 * class. Where the engine cannot be had, the tests are skipped; with {@code CI=true} they fail.
 */
public final class SharedClickHouse implements ExecutionCondition, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(SharedClickHouse.class);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return store(context)
        .computeIfAbsent(
            ConditionEvaluationResult.class, key -> condition(), ConditionEvaluationResult.class);
  }

  private static ConditionEvaluationResult condition() {
    try {
      Engine.ofUser().install(progress -> {});
      return Level.CLICKHOUSE.condition(Optional.empty());
    } catch (EngineUnavailableException e) {
      return Level.CLICKHOUSE.condition(Optional.ofNullable(e.getMessage()));
    }
  }

  private static ExtensionContext.Store store(ExtensionContext context) {
    return context.getRoot().getStore(NAMESPACE);
  }

  private static Running running(ExtensionContext context) {
    return store(context).computeIfAbsent(Running.class, key -> new Running(), Running.class);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestDatabase.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Running running = running(context);
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent(
            context.getRequiredTestClass(), key -> running.database(), TestDatabase.class);
  }

  /** The engine's library; skips the test where there is none, or fails it in CI. */
  public static Path engine() {
    try {
      return Engine.ofUser().install(progress -> {});
    } catch (EngineUnavailableException e) {
      throw Level.CLICKHOUSE.without(e);
    }
  }

  /** The server of the run, until the run ends. */
  private static final class Running implements AutoCloseable {
    private final Reaper reaper;
    private final ClickHouseProcess server;
    private final Credentials user = new Credentials("posthog", "s3cret-of-the-shared-server");
    private final AtomicInteger databases = new AtomicInteger();

    Running() {
      Path library = engine();
      reaper = new Reaper();
      server = ClickHouseProcess.start(library, ServerOptions.single(user), reaper);
    }

    TestDatabase database() {
      String name = "test_" + databases.incrementAndGet();
      TestDatabase database = new TestDatabase(server, user, name);
      new TestDatabase(server, user, "default").run("CREATE DATABASE " + name);
      return database;
    }

    @Override
    public void close() {
      server.close();
      reaper.close();
    }
  }
}
