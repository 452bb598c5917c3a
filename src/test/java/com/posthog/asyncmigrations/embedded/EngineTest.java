package com.posthog.asyncmigrations.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Installs with a small program in npm's place: the real package is half a gigabyte. */
class EngineTest {
  /**
   * Does something, then what npm does: its third argument is the directory, its last one package
   * and version.
   */
  private static final String INSTALL =
      """
      for last in "$@"; do :; done
      %s
      package="$3/node_modules/${last%%@*}"
      mkdir -p "$package" && printf engine > "$package/libchdb.so"
      """;

  @TempDir Path directory;

  @Test
  void namesThePackageOfEachPlatform() throws EngineUnavailableException {
    assertThat(Engine.platform("Linux", "amd64")).isEqualTo("linux-x64-gnu");
    assertThat(Engine.platform("Linux", "aarch64")).isEqualTo("linux-arm64-gnu");
    assertThat(Engine.platform("Mac OS X", "x86_64")).isEqualTo("darwin-x64");
    assertThat(Engine.platform("Mac OS X", "aarch64")).isEqualTo("darwin-arm64");
  }

  @Test
  void refusesOtherPlatformsByName() {
    assertThatThrownBy(() -> Engine.platform("Windows 11", "amd64"))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining("Windows 11");
    assertThatThrownBy(() -> Engine.platform("Linux", "riscv64")).hasMessageContaining("riscv64");
  }

  @Test
  void saysThatNpmIsMissing() {
    Engine engine = new Engine(directory.resolve("cache"), "no-such-npm");

    assertThatThrownBy(() -> engine.install(progress -> {}))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining("npm")
        .hasMessageNotContaining("\n");
  }

  @Test
  void saysWhyNpmFailed() throws Exception {
    Engine engine = new Engine(directory.resolve("cache"), program("echo npm error 404; exit 1"));

    assertThatThrownBy(() -> engine.install(progress -> {}))
        .hasMessageContaining("npm error 404")
        .hasMessageNotContaining("\n");
    assertThat(children(directory.resolve("cache"))).isEmpty();
  }

  @Test
  void installsOnceAndTellsItsProgress() throws Exception {
    Path runs = directory.resolve("runs");
    String npm = program(INSTALL.formatted("sleep 0.5; echo run >> " + runs));
    Engine engine = new Engine(directory.resolve("cache"), npm);
    List<Engine.Progress> told = new CopyOnWriteArrayList<>();

    Path library = engine.install(told::add);

    assertThat(library).hasContent("engine");
    assertThat(told).hasSizeGreaterThan(1);
    assertThat(told.get(told.size() - 1).bytes()).isEqualTo(told.get(0).total());
    assertThat(engine.install(progress -> {})).isEqualTo(library);
    assertThat(runs).hasContent("run");
  }

  @Test
  void installationsSideBySideDoNotDisturbEachOther() throws Exception {
    Path cache = directory.resolve("cache");
    String npm = program(INSTALL.formatted("sleep 0.$(($$ % 10))"));
    List<CompletableFuture<Path>> installers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      installers.add(CompletableFuture.supplyAsync(() -> installed(cache, npm)));
    }

    for (CompletableFuture<Path> installer : installers) {
      assertThat(installer.get()).hasContent("engine");
    }
    assertThat(children(cache)).hasSize(1);
  }

  @Test
  void removesWhatKilledInstallersLeft() throws Exception {
    Path cache = directory.resolve("cache");
    Path old = Files.createDirectories(cache.resolve("unfinished-old"));
    Path fresh = Files.createDirectories(cache.resolve("unfinished-fresh"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));

    new Engine(cache, program(INSTALL.formatted(":"))).install(progress -> {});

    assertThat(old).doesNotExist();
    assertThat(fresh).exists();
  }

  private String program(String script) throws IOException {
    Path file = directory.resolve("npm");
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }

  private static Path installed(Path cache, String npm) {
    try {
      return new Engine(cache, npm).install(progress -> {});
    } catch (EngineUnavailableException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
