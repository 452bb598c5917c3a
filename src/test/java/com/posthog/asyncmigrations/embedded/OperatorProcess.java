package com.posthog.asyncmigrations.embedded;

import com.posthog.asyncmigrations.Main;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The operator as it is deployed: a process of its own, that can be told to end, or killed. */
public final class OperatorProcess implements AutoCloseable {
  private static final List<String> QUICK = List.of("-Xmx256m", "-XX:TieredStopAtLevel=1");

  /** Three quarters of 512 MiB, and the collector that Java chooses there. */
  private static final List<String> DEPLOYED = List.of("-Xmx384m", "-XX:+UseSerialGC");

  private final Process process;
  private final Path log;

  private OperatorProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
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
    return start(QUICK, kubeconfig, namespace, leaseNamespace, log, environment);
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
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
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
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> log().stream().anyMatch(line -> line.contains(" leads")));
    return this;
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
