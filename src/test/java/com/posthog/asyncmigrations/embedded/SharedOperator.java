package com.posthog.asyncmigrations.embedded;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a {@link WatchedNamespace}: an operator takes seconds of a processor to start,
 * and most tests do nothing to it. Comes after {@link SharedApiServer}.
 */
public final class SharedOperator implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(SharedOperator.class);

  /** By the constructor, each test and not only each class. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
    return parameter.getParameter().getType() == WatchedNamespace.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
    if (test.getRequiredTestMethod().isAnnotationPresent(OwnOperator.class)) {
      return WatchedNamespace.fresh();
    }
    Operators operators =
        test.getRoot()
            .getStore(NAMESPACE)
            .computeIfAbsent(
                Operators.class, type -> new Operators(SharedApiServer.of(test)), Operators.class);
    return new WatchedNamespace(operators.next(), true);
  }

  /** Those of a test run. */
  private static final class Operators implements AutoCloseable {
    private static final int NAMESPACES = 12;

    private final ApiServerProcess server;
    private final List<OperatorProcess> started = new ArrayList<>();
    private final Deque<String> free = new ArrayDeque<>();

    Operators(ApiServerProcess server) {
      this.server = server;
    }

    synchronized String next() {
      if (free.isEmpty()) {
        start();
      }
      return free.remove();
    }

    private void start() {
      String leases = WatchedNamespace.name("operator");
      new KubeNamespace(server, leases).close();
      for (int i = 0; i < NAMESPACES; i++) {
        free.add(WatchedNamespace.fresh().name());
      }
      Path kubeconfig = Path.of("target", leases + ".kubeconfig");
      server.writeKubeconfig(kubeconfig);
      Path log = Path.of("target", leases + ".log");
      started.add(
          OperatorProcess.start(
                  kubeconfig, String.join(",", free), leases, log, Map.of("LOG_LEVEL", "debug"))
              .awaitLeading());
    }

    @Override
    public synchronized void close() {
      started.forEach(OperatorProcess::close);
    }
  }
}
