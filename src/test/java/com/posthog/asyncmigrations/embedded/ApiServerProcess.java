package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubeapitest.KubeAPITestException;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A real API server with its etcd, without controllers: nothing makes pods of a Deployment, or
 * removes a namespace's contents. Its certificates and data are its own, and gone with it.
 */
public final class ApiServerProcess implements AutoCloseable {
  private static final Duration TO_START = Duration.ofMinutes(2);

  private final Path programs;
  private final Path directory;
  private final KubeAPIServer server;
  private final List<ProcessHandle> processes;
  private final Thread atExit = new Thread(this::end, "api-server-end");

  /**
   * Who asked for what, without what they said: one line when it was answered, and one when a watch
   * began.
   */
  private static final String AUDIT_POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived]
      rules: [{level: Metadata}]
      """;

  private ApiServerProcess(Path programs, boolean audited)
      throws IOException, ApiServerUnavailableException {
    this.programs = programs;
    this.directory =
        Files.createTempDirectory(
            "api-server",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.createSymbolicLink(directory.resolve("k8s"), programs.getParent());
    // All that the environment could say otherwise is said here: some of it cannot be parsed.
    this.server =
        new EagerServer(
            KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withTestDir(directory.toString())
                .withApiServerVersion(versionOf(programs))
                .withOfflineMode(true)
                .withWaitForEtcdHealthCheckOnStartup(false)
                .withApiServerFlags(audited ? auditFlags(directory) : List.of())
                .withStartupTimeout(Math.toIntExact(TO_START.toMillis()))
                .build());
    Set<ProcessHandle> others = ProcessHandle.current().children().collect(Collectors.toSet());
    start(server, directory);
    this.processes =
        ProcessHandle.current()
            .children()
            .filter(child -> !others.contains(child))
            .filter(child -> child.info().command().filter(this::isOurs).isPresent())
            .toList();
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * Starts one of the programs that are installed.
   *
   * @throws ApiServerUnavailableException when they are not
   */
  public static ApiServerProcess start() throws ApiServerUnavailableException {
    ApiServerPrograms programs = ApiServerPrograms.ofUser();
    return startFrom(
        programs
            .installed()
            .orElseThrow(() -> new ApiServerUnavailableException(programs.missing())));
  }

  /**
   * Starts one; downloads the programs first where they are not installed.
   *
   * @throws ApiServerUnavailableException after a few seconds where there is no network
   */
  public static ApiServerProcess startOrDownload() throws ApiServerUnavailableException {
    return startFrom(ApiServerPrograms.ofUser().install());
  }

  /**
   * Starts one that keeps an {@link #auditLog}.
   *
   * @throws ApiServerUnavailableException when the programs are not installed
   */
  public static ApiServerProcess startAudited() throws ApiServerUnavailableException {
    ApiServerPrograms programs = ApiServerPrograms.ofUser();
    Path installed =
        programs
            .installed()
            .orElseThrow(() -> new ApiServerUnavailableException(programs.missing()));
    try {
      return new ApiServerProcess(installed, true);
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  private static List<String> auditFlags(Path directory) throws IOException {
    Path policy = Files.writeString(directory.resolve("audit-policy.yaml"), AUDIT_POLICY);
    return List.of(
        "--audit-policy-file=" + policy, "--audit-log-path=" + directory.resolve("audit.log"));
  }

  /** The lines of the audit log so far, each a JSON object. */
  public List<String> auditLog() {
    try {
      return Files.readAllLines(directory.resolve("audit.log"));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static void start(KubeAPIServer server, Path directory)
      throws ApiServerUnavailableException {
    try {
      server.start();
    } catch (KubeAPITestException refused) {
      server.stop();
      Directories.delete(directory);
      throw new ApiServerUnavailableException(
          "the API server does not start: " + refused.getMessage());
    }
  }

  static ApiServerProcess startFrom(Path programs) throws ApiServerUnavailableException {
    try {
      return new ApiServerProcess(programs, false);
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** A client with every right; whoever asks for it closes it. */
  public KubernetesClient client() {
    return new KubernetesClientBuilder().withConfig(config()).build();
  }

  /** A client with the rights of this user, for example of a ServiceAccount. */
  public KubernetesClient clientAs(String user) {
    return new KubernetesClientBuilder()
        .withConfig(new ConfigBuilder(config()).withImpersonateUsername(user).build())
        .build();
  }

  private Config config() {
    return Config.fromKubeconfig(kubeconfig());
  }

  /** What {@code kubectl} and other clients connect with: every right. */
  public String kubeconfig() {
    return server.getKubeConfigYaml();
  }

  /** Writes {@link #kubeconfig} where nobody else can read it. */
  public void writeKubeconfig(Path file) {
    write(file, kubeconfig());
  }

  /** The same for whoever reaches the server by another port of this machine. */
  public void writeKubeconfig(Path file, int port) {
    write(file, kubeconfig().replace(":" + port(), ":" + port));
  }

  /** Where it listens, on this machine. */
  public int port() {
    return URI.create(config().getMasterUrl()).getPort();
  }

  private static void write(Path file, String kubeconfig) {
    try {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, kubeconfig);
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** The real {@code kubectl}, connected to this server. */
  public Kubectl kubectl() {
    Path file = directory.resolve("kubeconfig");
    if (!Files.exists(file)) {
      writeKubeconfig(file);
    }
    return new Kubectl(programs.resolve("kubectl"), file, directory.resolve("cache"));
  }

  /** The {@code kubectl} that came with it. */
  public Path kubectlProgram() {
    return programs.resolve("kubectl");
  }

  /** Its version. */
  public String version() {
    return versionOf(programs);
  }

  /** The processes of the API server and of etcd, for whoever must end them when we cannot. */
  public List<Long> pids() {
    return processes.stream().map(ProcessHandle::pid).toList();
  }

  /** Where its data is, for whoever must remove it when we cannot. */
  public List<Path> directories() {
    List<Path> all = new ArrayList<>(List.of(directory));
    for (ProcessHandle process : processes) {
      List<String> arguments = List.of(process.info().arguments().orElse(new String[0]));
      for (String option : List.of("-data-dir", "-wal-dir")) {
        int at = arguments.indexOf(option);
        if (at >= 0) {
          all.add(Path.of(arguments.get(at + 1)));
        }
      }
    }
    return all;
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      return; // the hook does it, now
    }
    end();
  }

  private void end() {
    server.stop();
    Directories.delete(directory);
  }

  /** The programs may be links to one file that is all of them. */
  private boolean isOurs(String command) {
    return List.of("etcd", "kube-apiserver").stream()
        .map(programs::resolve)
        .anyMatch(program -> sameFile(program, Path.of(command)));
  }

  private static boolean sameFile(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException unknown) {
      return false;
    }
  }

  private static String versionOf(Path programs) {
    String name = programs.getFileName().toString();
    return name.substring(0, name.indexOf('-'));
  }
}
