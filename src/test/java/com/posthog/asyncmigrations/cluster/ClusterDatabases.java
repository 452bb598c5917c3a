package com.posthog.asyncmigrations.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The databases of the journeys, as pods reach them: on this machine, at the address that {@code
 * ASYNC_MIGRATIONS_DATABASES_HOST} says, started by the command that {@code
 * ASYNC_MIGRATIONS_DATABASES_IN} begins with, where the cluster's network is not this machine's
 * own.
 */
final class ClusterDatabases implements AutoCloseable {
  private final Process process;
  private final String host;
  private final int clickHousePort;
  private final int postgresPort;

  ClusterDatabases() {
    host =
        setting("ASYNC_MIGRATIONS_DATABASES_HOST")
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "set ASYNC_MIGRATIONS_DATABASES_HOST to the address at which pods reach this machine"));
    List<String> command = new ArrayList<>();
    setting("ASYNC_MIGRATIONS_DATABASES_IN")
        .ifPresent(prefix -> command.addAll(List.of(prefix.split(" "))));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            DatabasesForPods.class.getName()));
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String[] ready = ready();
      clickHousePort = Integer.parseInt(ready[1]);
      postgresPort = Integer.parseInt(ready[2]);
    } catch (IOException notStarted) {
      throw new UncheckedIOException(notStarted);
    }
  }

  String host() {
    return host;
  }

  int clickHousePort() {
    return clickHousePort;
  }

  int postgresPort() {
    return postgresPort;
  }

  private String[] ready() throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("ready ")) {
        return line.split(" ");
      }
    }
    throw new IllegalStateException("the databases did not start");
  }

  private static Optional<String> setting(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      process.waitFor();
    } catch (IOException gone) {
      process.destroy();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
