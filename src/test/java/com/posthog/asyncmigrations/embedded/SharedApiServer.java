package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Starts one real API server for all tests, with our resources' definitions, and gives each test
 * class (by its constructor) or test that asks for it a {@link KubeNamespace}. Skips them where the
 * server's programs are not installed, unless {@code CI=true}.
 */
public final class SharedApiServer implements ExecutionCondition, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(SharedApiServer.class);
  private static final Path DEFINITIONS = Path.of("crds");
  private static final int LONGEST = 40;

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext test) {
    ApiServerPrograms programs = ApiServerPrograms.ofUser();
    return Level.API_SERVER.condition(
        programs.installed().isPresent() ? Optional.empty() : Optional.of(programs.missing()));
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
    Class<?> type = parameter.getParameter().getType();
    return type == KubeNamespace.class || type == ApiServerProcess.class;
  }

  /** The server itself. */
  static ApiServerProcess of(ExtensionContext test) {
    return shared(test).server();
  }

  private static Shared shared(ExtensionContext test) {
    return test.getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(Shared.class, type -> Shared.start(), Shared.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
    Shared shared = shared(test);
    if (parameter.getParameter().getType() == ApiServerProcess.class) {
      return shared.server();
    }
    return test.getStore(NAMESPACE)
        .computeIfAbsent(
            KubeNamespace.class,
            type -> shared.fresh(test.getRequiredTestClass()),
            KubeNamespace.class);
  }

  /** The server of a test run. */
  private record Shared(ApiServerProcess server, AtomicInteger namespaces)
      implements AutoCloseable {
    static Shared start() {
      try {
        ApiServerProcess server = ApiServerProcess.start();
        try (KubernetesClient client = server.client()) {
          CustomResources.in(DEFINITIONS).install(client);
        }
        OperatorProcess.archiveClasses(server);
        return new Shared(server, new AtomicInteger());
      } catch (ApiServerUnavailableException missing) {
        throw new IllegalStateException(missing.getMessage(), missing);
      }
    }

    KubeNamespace fresh(Class<?> test) {
      String name = test.getSimpleName().toLowerCase(Locale.ROOT);
      String cut = name.substring(0, Math.min(LONGEST, name.length()));
      return new KubeNamespace(server, cut + "-" + namespaces.incrementAndGet());
    }

    @Override
    public void close() {
      server.close();
    }
  }
}
