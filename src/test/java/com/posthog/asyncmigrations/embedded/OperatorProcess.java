package com.posthog.asyncmigrations.embedded;

import com.posthog.asyncmigrations.Main;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The operator as it is deployed: a process of its own, that can be told to end, or killed. */
public final class OperatorProcess implements AutoCloseable {
  /** To start them takes a seventh of the processor less if their own key is not strengthened. */
  private static final List<String> QUICK =
      List.of(
          "-Xmx256m",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Dkeystore.pkcs12.keyPbeIterationCount=1");

  /** Three quarters of 512 MiB, and the collector that Java chooses there. */
  private static final List<String> DEPLOYED = List.of("-Xmx384m", "-XX:+UseSerialGC");

  /** As it is delivered; absent where only its classes are built. */
  private static final Optional<Path> JAR =
      Optional.ofNullable(System.getProperty("operator.jar")).map(Path::of).filter(Files::exists);

  private static final String ARCHIVE = "archive";

  private final Process process;
  private final Path log;

  private OperatorProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Lets one of them work and end, which leaves an archive of the classes that it has read: the
   * others need 40 % less of a processor to start with it, and many are started.
   */
  static void archiveClasses(ApiServerProcess server) {
    if (JAR.isPresent()) {
      Path archive = archive(JAR.get());
      Path kubeconfig = archive.resolveSibling("archive.kubeconfig");
      server.writeKubeconfig(kubeconfig);
      List<String> machine = new ArrayList<>(QUICK);
      machine.add("-XX:ArchiveClassesAtExit=" + archive);
      Path log = archive.resolveSibling("archive.log");
      try (KubernetesClient client = server.client()) {
        anInstanceThatIsNotThere(client);
        OperatorProcess one =
            start(machine, kubeconfig, ARCHIVE, ARCHIVE, log, Map.of("LOG_LEVEL", "debug"));
        one.awaitLogged("DatabaseUnreachable");
        one.terminate();
        client.namespaces().withName(ARCHIVE).delete();
      }
    }
  }

  private static void anInstanceThatIsNotThere(KubernetesClient client) {
    try {
      String example = Files.readString(Path.of("deploy", "example.yaml"));
      client
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(ARCHIVE).endMetadata().build())
          .create();
      client
          .load(
              new ByteArrayInputStream(
                  example
                      .replaceAll("host: \\w+", "host: 127.0.0.1\n    port: 1")
                      .getBytes(StandardCharsets.UTF_8)))
          .inNamespace(ARCHIVE)
          .create();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path archive(Path jar) {
    return jar.resolveSibling("operator.jsa");
  }

  /** Watches one namespace, and agrees with those whose lease is in that other one who acts. */
  public static OperatorProcess start(Path kubeconfig, String namespace, String leaseNamespace) {
    try {
      Path log = Files.createTempFile(Path.of("target"), "operator-" + namespace + "-", ".log");
      return start(kubeconfig, namespace, leaseNamespace, log, "debug");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same with this log, of this level. */
  public static OperatorProcess start(
      Path kubeconfig, String namespace, String leaseNamespace, Path log, String logLevel) {
    return start(kubeconfig, namespace, leaseNamespace, log, Map.of("LOG_LEVEL", logLevel));
  }

  /** The same with these variables in its environment. It has no HTTP port unless they name one. */
  public static OperatorProcess start(
      Path kubeconfig,
      String namespace,
      String leaseNamespace,
      Path log,
      Map<String, String> environment) {
    List<String> machine = new ArrayList<>(QUICK);
    JAR.map(OperatorProcess::archive)
        .filter(Files::exists)
        .ifPresent(archive -> machine.add("-XX:SharedArchiveFile=" + archive));
    return start(machine, kubeconfig, namespace, leaseNamespace, log, environment);
  }

  /**
   * The same with the settings that the machine has in the container of {@code
   * deploy/operator.yaml}.
   */
  public static OperatorProcess startAsDeployed(
      Path kubeconfig, String namespace, Path log, Map<String, String> environment) {
    return start(DEPLOYED, kubeconfig, namespace, namespace, log, environment);
  }

  private static OperatorProcess start(
      List<String> machine,
      Path kubeconfig,
      String namespace,
      String leaseNamespace,
      Path log,
      Map<String, String> environment) {
    try {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(machine);
      String classes = JAR.map(Path::toString).orElse(System.getProperty("java.class.path"));
      command.addAll(List.of("-cp", classes, Main.class.getName()));
      command.addAll(List.of("operator", "--watch-namespace", namespace));
      command.addAll(List.of("--pod-namespace", leaseNamespace));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      builder.environment().put("KUBECONFIG", kubeconfig.toString());
      builder.environment().put("HTTP_PORT", "0"); // many run at once
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      return new OperatorProcess(process, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it acts: the machine may be slow, and what is measured begins then. */
  public OperatorProcess awaitLeading() {
    awaitLogged(" leads");
    return this;
  }

  private void awaitLogged(String text) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> log().stream().anyMatch(line -> line.contains(text)));
  }

  /** The number of its process. */
  public long pid() {
    return process.pid();
  }

  /** Whether it has not ended. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL. */
  public void kill() {
    process.destroyForcibly();
    await();
  }

  /** SIGTERM, as Kubernetes sends it first; waits until the process has ended. */
  public int terminate() {
    process.destroy();
    await();
    return process.exitValue();
  }

  /** Everything that it has written so far. */
  public List<String> log() {
    try {
      return Files.readAllLines(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void await() {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("the operator does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
