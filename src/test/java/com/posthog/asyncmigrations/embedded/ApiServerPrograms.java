package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubeapitest.KubeAPITestException;
import io.fabric8.kubeapitest.Utils;
import io.fabric8.kubeapitest.binary.BinaryDownloader;
import io.fabric8.kubeapitest.binary.OSInfo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The programs {@code kube-apiserver}, {@code etcd} and {@code kubectl}, where {@code
 * kube-api-test} and envtest keep them: {@code k8s/VERSION-PLATFORM} below {@code
 * $KUBE_API_TEST_DIR}, by default {@code ~/.kubeapitest}.
 */
final class ApiServerPrograms {
  private static final String VERSIONS = "1.36.*";
  private static final List<String> NAMES = List.of("etcd", "kube-apiserver", "kubectl");

  /** A part of what the download asks, by which it is seen whether there is a network at all. */
  private static final URI REACHED = URI.create("https://raw.githubusercontent.com/robots.txt");

  private static final Duration TO_REACH = Duration.ofSeconds(4);
  private static final Duration TO_DOWNLOAD = Duration.ofMinutes(10);

  private final Path home;
  private final URI reached;

  /** Below this directory. */
  ApiServerPrograms(Path home, URI reached) {
    this.home = home;
    this.reached = reached;
  }

  /** The user's own. */
  static ApiServerPrograms ofUser() {
    return new ApiServerPrograms(
        Optional.ofNullable(System.getenv(KubeAPIServerConfigBuilder.KUBE_API_TEST_DIR))
            .filter(directory -> !directory.isBlank())
            .map(Path::of)
            .orElseGet(
                () ->
                    Path.of(
                        System.getProperty("user.home"),
                        KubeAPIServerConfigBuilder.DIRECTORY_NAME)),
        REACHED);
  }

  /** Where the directories of the versions are. */
  Path versions() {
    return home.resolve("k8s");
  }

  /** The newest directory with all three programs, if there is one. */
  Optional<Path> installed() {
    if (!Files.isDirectory(versions())) {
      return Optional.empty();
    }
    String series = Utils.wildcardToPrefix(VERSIONS) + ".";
    try (Stream<Path> all = Files.list(versions())) {
      return all.filter(directory -> directory.getFileName().toString().startsWith(series))
          .filter(directory -> directory.getFileName().toString().endsWith(platform()))
          .filter(
              directory ->
                  NAMES.stream().allMatch(name -> Files.isExecutable(directory.resolve(name))))
          .max(Comparator.comparing(ApiServerPrograms::version, Utils.SEMVER_COMPARATOR));
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  /** Why they cannot be used, in one line. */
  String missing() {
    return "no %s for Kubernetes %s in %s"
        .formatted(String.join(", ", NAMES), VERSIONS, versions());
  }

  /**
   * Their directory; downloaded first where there is none. Without a network it gives up after a
   * few seconds.
   */
  Path install() throws ApiServerUnavailableException {
    Optional<Path> there = installed();
    if (there.isPresent()) {
      return there.get();
    }
    within(TO_REACH, "nothing can be downloaded", this::reach);
    return within(TO_DOWNLOAD, "the download failed", this::download);
  }

  private boolean reach() throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(reached).timeout(TO_REACH).build();
    HttpClient.newBuilder()
        .connectTimeout(TO_REACH)
        .build()
        .send(request, HttpResponse.BodyHandlers.discarding());
    return true;
  }

  /** Whole or not at all: it is moved to its place in the end. */
  private Path download() throws IOException {
    Files.createDirectories(versions());
    Path work = Files.createTempDirectory(home, "unfinished-");
    try {
      Path complete =
          new BinaryDownloader(work.toString(), new OSInfo())
              .downloadLatestWildcard(VERSIONS)
              .toPath();
      Path place = versions().resolve(complete.getFileName());
      if (!Files.exists(place)) {
        Files.move(complete, place);
      }
      return place;
    } finally {
      Utils.deleteDirectory(work.toFile());
    }
  }

  /** On a thread that can be left behind: a name server that is silent cannot be interrupted. */
  private <T> T within(Duration limit, String otherwise, Callable<T> work)
      throws ApiServerUnavailableException {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task, "api-server-programs");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      throw unavailable(otherwise, failed);
    } catch (TimeoutException silent) {
      throw new ApiServerUnavailableException(
          "%s, and %s: no answer within %d s".formatted(missing(), otherwise, limit.toSeconds()));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw unavailable(otherwise, interrupted);
    }
  }

  private ApiServerUnavailableException unavailable(String otherwise, Throwable cause) {
    Throwable deepest = cause;
    while (wraps(deepest) && deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    String said = Optional.ofNullable(deepest.getMessage()).orElse("");
    return new ApiServerUnavailableException(
        "%s, and %s: %s %s"
            .formatted(missing(), otherwise, deepest.getClass().getSimpleName(), said)
            .strip());
  }

  private static boolean wraps(Throwable thrown) {
    return thrown instanceof ExecutionException || thrown instanceof KubeAPITestException;
  }

  private static String version(Path directory) {
    String name = directory.getFileName().toString();
    return name.substring(0, name.length() - platform().length());
  }

  private static String platform() {
    return Utils.platformSuffix(new OSInfo());
  }
}
