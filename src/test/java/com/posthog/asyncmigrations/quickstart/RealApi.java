package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.ApiServerUnavailableException;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A kube-apiserver with its etcd. */
record RealApi(ApiServerProcess server, KubernetesClient client, Path kubeconfig)
    implements KubernetesApi {

  /**
   * Starts one.
   *
   * @param download told when its programs have to be downloaded first, which needs a network
   */
  static RealApi start(Path kubeconfig, Runnable download) throws ApiServerUnavailableException {
    ApiServerProcess server = server(download);
    server.writeKubeconfig(kubeconfig);
    return new RealApi(server, server.client(), kubeconfig);
  }

  private static ApiServerProcess server(Runnable download) throws ApiServerUnavailableException {
    try {
      return ApiServerProcess.start();
    } catch (ApiServerUnavailableException notInstalled) {
      download.run();
      return ApiServerProcess.startOrDownload();
    }
  }

  @Override
  public Optional<String> kubectl() {
    return Optional.of(
        Requirements.onPath("kubectl") ? "kubectl" : server.kubectlProgram().toString());
  }

  @Override
  public String description() {
    return "Kubernetes " + server.version() + ", a real kube-apiserver";
  }

  @Override
  public List<Long> pids() {
    return server.pids();
  }
}
