package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.embedded.CustomResources;
import com.posthog.asyncmigrations.embedded.FallbackApi;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the operator can work on where no kube-apiserver can be had; in this JVM. */
record StandIn(FallbackApi server, KubernetesClient client, Path kubeconfig)
    implements KubernetesApi {
  private static final String KUBECONFIG =
      """
      apiVersion: v1
      kind: Config
      current-context: quickstart
      contexts:
        - name: quickstart
          context: {cluster: quickstart, user: quickstart}
      clusters:
        - name: quickstart
          cluster: {server: "%s"}
      users:
        - name: quickstart
          user: {}
      """;

  /** Starts one that knows these resources. */
  static StandIn start(CustomResources resources, Path kubeconfig) throws IOException {
    FallbackApi server = FallbackApi.start(resources);
    KubernetesClient client = server.client();
    Files.writeString(kubeconfig, KUBECONFIG.formatted(client.getMasterUrl()));
    return new StandIn(server, client, kubeconfig);
  }

  @Override
  public Optional<String> kubectl() {
    return Optional.empty();
  }

  @Override
  public String description() {
    return "no kube-apiserver here: a stand-in, which kubectl cannot use";
  }

  @Override
  public List<Long> pids() {
    return List.of();
  }
}
