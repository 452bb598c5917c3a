package com.posthog.asyncmigrations.embedded;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
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
    if (test.getRequiredTestMethod().isAnnotationPresent(OwnOperator.class)
        || test.getRequiredTestClass().isAnnotationPresent(OwnOperator.class)) {
      return WatchedNamespace.fresh();
    }
    Operators operators =
        test.getRoot()
            .getStore(NAMESPACE)
            .computeIfAbsent(
                Operators.class, type -> new Operators(SharedApiServer.of(test)), Operators.class);
    WatchedNamespace namespace = operators.next();
    test.getStore(NAMESPACE)
        .put(WatchedNamespace.class, (AutoCloseable) () -> operators.left(namespace));
    return namespace;
  }

  /** Those of a test run. Each ends with the last test that it is for. */
  private static final class Operators implements AutoCloseable {
    private static final int NAMESPACES = 30;

    private final ApiServerProcess server;
    private final Deque<WatchedNamespace> free = new ArrayDeque<>();
    private final Map<OperatorProcess, Integer> tests = new HashMap<>();

    Operators(ApiServerProcess server) {
      this.server = server;
    }

    synchronized WatchedNamespace next() {
      if (free.isEmpty()) {
        start();
      }
      return free.remove();
    }

    private void start() {
      String leases = WatchedNamespace.name("operator");
      new KubeNamespace(server, leases).close();
      List<String> names =
          Stream.generate(() -> WatchedNamespace.fresh().name()).limit(NAMESPACES).toList();
      Path kubeconfig = Path.of("target", leases + ".kubeconfig");
      server.writeKubeconfig(kubeconfig);
      Path log = Path.of("target", leases + ".log");
      OperatorProcess operator =
          OperatorProcess.start(
                  kubeconfig, String.join(",", names), leases, log, Map.of("LOG_LEVEL", "debug"))
              .awaitLeading();
      tests.put(operator, NAMESPACES);
      names.forEach(name -> free.add(new WatchedNamespace(name, Optional.of(operator))));
    }

    synchronized void left(WatchedNamespace namespace) {
      OperatorProcess operator = namespace.operator().orElseThrow();
      if (tests.merge(operator, -1, Integer::sum) == 0) {
        operator.close();
      }
    }

    @Override
    public synchronized void close() {
      tests.keySet().forEach(OperatorProcess::close);
    }
  }
}
