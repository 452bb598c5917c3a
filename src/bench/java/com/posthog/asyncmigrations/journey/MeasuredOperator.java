package com.posthog.asyncmigrations.journey;

import com.posthog.asyncmigrations.embedded.OperatorProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/** An operator as it is deployed, and what can be learnt of it from outside. */
final class MeasuredOperator implements AutoCloseable {
  private static final double MEBIBYTE = 1024 * 1024;

  private final OperatorProcess process;
  private final int port;
  private final Instant started;

  private MeasuredOperator(OperatorProcess process, int port, Instant started) {
    this.process = process;
    this.port = port;
    this.started = started;
  }

  static MeasuredOperator start(Installation installation) {
    int port = Served.freePort();
    Instant now = Instant.now();
    return new MeasuredOperator(
        installation.startOperatorAsDeployed(
            Map.of("HTTP_PORT", Integer.toString(port), "LOG_LEVEL", "debug")),
        port,
        now);
  }

  OperatorProcess process() {
    return process;
  }

  Instant started() {
    return started;
  }

  /** When it wrote the first line with this in its message. */
  Instant told(String part) {
    Awaitility.await(part)
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> find(part).isPresent());
    return find(part).orElseThrow();
  }

  private Optional<Instant> find(String part) {
    return process.log().stream()
        .filter(line -> line.contains(part))
        .findFirst()
        .map(Served::json)
        .map(line -> Instant.parse(line.path("@timestamp").asText()));
  }

  /** Resident memory, in MiB, as the kernel counts it. */
  double resident() {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElseThrow();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  /** Heap that is left in use after a full collection, in MiB. */
  double heapInUse() {
    try {
      new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
              Long.toString(process.pid()),
              "GC.run")
          .redirectErrorStream(true)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return metric("jvm_memory_used_bytes{area=\"heap\"") / MEBIBYTE;
  }

  /** The sum of all series whose line begins so; 0 where there is none. */
  double metric(String prefix) {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(prefix))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** What Prometheus would read; nothing before it is served. */
  String metrics() {
    return Served.ask(port, "/metrics");
  }

  @Override
  public void close() {
    process.close();
  }
}
