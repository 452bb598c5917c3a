package com.posthog.asyncmigrations.cli;

import com.posthog.asyncmigrations.Wiring;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the operator until the process is told to end. */
@Command(
    name = "operator",
    description = "Runs the operator until it is told to end.",
    mixinStandardHelpOptions = true)
final class OperatorCommand implements Callable<Integer> {
  /** Enough for a server that has just started. */
  private static final int MOST_REPETITIONS = 4;

  /** With all repetitions less than the lease in PostgreSQL lasts, which protects the data. */
  private static final int ANSWER_MILLIS = 5_000;

  @Option(
      names = "--watch-namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "${env:WATCH_NAMESPACE}",
      split = ",",
      description = "A namespace to watch; may be given more than once. Default: all of them.")
  private List<String> namespaces = new ArrayList<>();

  @Option(
      names = "--pod-name",
      paramLabel = "NAME",
      defaultValue = "${env:POD_NAME:-async-migrations}",
      description = "This operator's name in the lease. Default: $$POD_NAME.")
  private String podName = "";

  @Option(
      names = "--pod-namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "${env:POD_NAMESPACE:-async-migrations}",
      description =
          "The namespace of the lease by which operators agree who acts. Default: $$POD_NAMESPACE.")
  private String podNamespace = "";

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      defaultValue = "${env:HTTP_PORT:-8080}",
      description =
          "The port of /metrics, /healthz and /readyz; 0: none. Default: $$HTTP_PORT, or 8080.")
  private int httpPort = 8080;

  /**
   * Known by its name in the API server's audit log. Who waits for a silent server must notice in
   * time that it may not lead any more.
   */
  private static KubernetesClient client() {
    Config config = Config.autoConfigure(null);
    config.setUserAgent("async-migrations");
    config.setRequestTimeout(ANSWER_MILLIS);
    config.setRequestRetryBackoffLimit(MOST_REPETITIONS);
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  @Override
  public Integer call() throws InterruptedException {
    CountDownLatch told = new CountDownLatch(1);
    Set<String> watched =
        namespaces.stream()
            .filter(n -> !n.isBlank())
            .collect(java.util.stream.Collectors.toUnmodifiableSet());
    Wiring wiring = Wiring.operator(client(), podName, podNamespace, watched, httpPort);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  wiring.close();
                  told.countDown();
                },
                "shutdown"));
    wiring.start();
    told.await();
    return 0;
  }
}
