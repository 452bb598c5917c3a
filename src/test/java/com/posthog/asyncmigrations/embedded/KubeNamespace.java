package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;

/** A fresh namespace on a real API server. */
public final class KubeNamespace implements AutoCloseable {
  private final ApiServerProcess server;
  private final String name;
  private final KubernetesClient client;

  KubeNamespace(ApiServerProcess server, String name) {
    this.server = server;
    this.name = name;
    this.client = server.client();
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
  }

  /** The server that it is on; shared. */
  public ApiServerProcess server() {
    return server;
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** A client with every right, which is closed with the namespace. */
  public KubernetesClient client() {
    return client;
  }

  /** Runs {@code kubectl} in this namespace. */
  public Kubectl.Answer kubectl(String... arguments) {
    return server.kubectl().run(inNamespace(arguments));
  }

  /** Runs {@code kubectl apply} on this text. */
  public Kubectl.Answer apply(String yaml) {
    return server.kubectl().runWith(yaml, inNamespace("apply", "-f", "-"));
  }

  private String[] inNamespace(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "--namespace=" + name;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }

  /** Nothing removes what is in it: it goes with the server. */
  @Override
  public void close() {
    client.close();
  }
}
