package com.posthog.asyncmigrations.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubeapitest.Utils;
import io.fabric8.kubeapitest.binary.OSInfo;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class ApiServerProgramsTest {
  private static final URI NOWHERE = URI.create("http://nowhere.invalid/");

  @TempDir private Path home;

  @Test
  void theNewestCompleteVersionOfTheSeries() throws IOException {
    install("1.35.9", "etcd", "kube-apiserver", "kubectl");
    install("1.36.3", "etcd", "kube-apiserver", "kubectl");
    Path newest = install("1.36.10", "etcd", "kube-apiserver", "kubectl");
    install("1.36.11", "etcd", "kubectl");
    install("1.37.0", "etcd", "kube-apiserver", "kubectl");

    assertThat(programs(NOWHERE).installed()).contains(newest);
  }

  @Test
  void whatIsInstalledIsNotDownloaded() throws Exception {
    Path there = install("1.36.3", "etcd", "kube-apiserver", "kubectl");

    assertThat(programs(NOWHERE).install()).isEqualTo(there);
  }

  @Test
  void noneIsInstalled() {
    assertThat(programs(NOWHERE).installed()).isEmpty();
    assertThat(programs(NOWHERE).missing())
        .isEqualTo(
            "no etcd, kube-apiserver, kubectl for Kubernetes 1.36.* in %s/k8s".formatted(home));
  }

  @Test
  void withoutANetworkItGivesUpAtOnce() {
    assertThatThrownBy(() -> programs(NOWHERE).install())
        .isInstanceOf(ApiServerUnavailableException.class)
        .hasMessageStartingWith("no etcd, kube-apiserver, kubectl for Kubernetes 1.36.* in ")
        .hasMessageContaining("and nothing can be downloaded: ConnectException");
  }

  @Test
  @Timeout(20)
  void aNetworkThatIsSilentIsNotWaitedFor() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI reached = URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/");
      long begun = System.nanoTime();

      assertThatThrownBy(() -> programs(reached).install())
          .isInstanceOf(ApiServerUnavailableException.class)
          .hasMessageContaining("nothing can be downloaded");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
    }
  }

  private ApiServerPrograms programs(URI reached) {
    return new ApiServerPrograms(home, reached);
  }

  private Path install(String version, String... names) throws IOException {
    Path directory =
        Files.createDirectories(
            home.resolve("k8s").resolve(version + Utils.platformSuffix(new OSInfo())));
    for (String name : names) {
      assertThat(Files.createFile(directory.resolve(name)).toFile().setExecutable(true)).isTrue();
    }
    return directory;
  }
}
