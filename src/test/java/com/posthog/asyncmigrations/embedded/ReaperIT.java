package com.posthog.asyncmigrations.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReaperIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void killsAndRemovesAtTheEnd(@TempDir Path directory) throws IOException {
    Process process = new ProcessBuilder("sleep", "1000").start();
    Path data = directory.resolve("with a space");
    Files.createDirectories(data.resolve("in it"));
    Reaper reaper = new Reaper();
    reaper.kills(process.pid());
    reaper.removes(data);
    assertThat(process.isAlive()).isTrue();

    reaper.close();

    await().atMost(SOON).until(() -> !process.isAlive());
    assertThat(data).doesNotExist();
  }

  @Test
  void leavesWhatHasEndedBefore(@TempDir Path directory) throws IOException {
    Process process = new ProcessBuilder("sleep", "1000").start();
    Path data = Files.createDirectories(directory.resolve("data"));
    Reaper reaper = new Reaper();
    reaper.kills(process.pid());
    reaper.removes(data);
    reaper.ended(process.pid());
    reaper.removed(data);

    reaper.close();

    assertThat(process.isAlive()).isTrue();
    assertThat(data).exists();
    process.destroyForcibly();
  }

  @Test
  void nothingOutlivesAnOwnerThatIsKilled() throws IOException {
    Process owner =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ServerHolder.class.getName(),
                SharedClickHouse.engine().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String[] said;
    try (BufferedReader output = owner.inputReader()) {
      said = output.readLine().split(" ", 2);
    }
    ProcessHandle server = ProcessHandle.of(Long.parseLong(said[0])).orElseThrow();
    Path home = Path.of(said[1]);
    assertThat(home).exists();

    owner.destroyForcibly();

    await().atMost(SOON).until(() -> !server.isAlive());
    await().atMost(SOON).until(() -> !Files.exists(home));
  }
}
