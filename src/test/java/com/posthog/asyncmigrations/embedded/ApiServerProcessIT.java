package com.posthog.asyncmigrations.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubeapitest.Utils;
import io.fabric8.kubeapitest.binary.OSInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedApiServer.class)
class ApiServerProcessIT {
  @Test
  void nothingOfItIsLeft() throws Exception {
    ApiServerProcess server = ApiServerProcess.start();
    List<ProcessHandle> processes =
        server.pids().stream().map(pid -> ProcessHandle.of(pid).orElseThrow()).toList();

    List<Path> directories = server.directories();

    assertThat(processes).hasSize(2).allMatch(ProcessHandle::isAlive);
    assertThat(directories).hasSize(3).allMatch(Files::isDirectory);

    server.close();

    for (ProcessHandle process : processes) {
      CompletableFuture<ProcessHandle> ended = process.onExit();
      ended.get(10, TimeUnit.SECONDS);
    }
    assertThat(directories).noneMatch(Files::exists);
  }

  @Test
  @Timeout(30)
  void programsThatDoNotStartAreSaidToBeSo(@TempDir Path home) throws Exception {
    Path programs =
        Files.createDirectories(home.resolve("k8s/1.36.3" + Utils.platformSuffix(new OSInfo())));
    for (String name : List.of("etcd", "kube-apiserver", "kubectl")) {
      Path program = Files.writeString(programs.resolve(name), "not a program");
      assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    assertThatThrownBy(() -> ApiServerProcess.startFrom(programs))
        .isInstanceOf(ApiServerUnavailableException.class)
        .hasMessageStartingWith("the API server does not start: ")
        .message()
        .hasSizeGreaterThan("the API server does not start: ".length());
  }

  @Test
  void theKubeconfigIsForItsOwner(ApiServerProcess server, @TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("kubeconfig");

    server.writeKubeconfig(file);
    server.writeKubeconfig(file);

    assertThat(file).hasContent(server.kubeconfig());
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void kubectlSaysHowItEnded(KubeNamespace namespace) {
    assertThat(namespace.kubectl("get", "namespace", namespace.name(), "--output=name"))
        .isEqualTo(new Kubectl.Answer(0, "namespace/" + namespace.name() + "\n", ""));

    Kubectl.Answer refused = namespace.kubectl("get", "asyncmig", "none");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("asyncmigrations.migrations.posthog.com \"none\" not found");
  }

  @Test
  void eachTestHasANamespaceOfItsOwn(KubeNamespace namespace) {
    assertThat(namespace.kubectl("get", "secrets").err()).startsWith("No resources found");
    namespace.kubectl("create", "secret", "generic", "one").orThrow();
  }

  @Test
  void alsoThisOne(KubeNamespace namespace) {
    eachTestHasANamespaceOfItsOwn(namespace);
  }
}
