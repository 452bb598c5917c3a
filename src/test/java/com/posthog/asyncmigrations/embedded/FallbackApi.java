package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.util.HashMap;
import java.util.logging.Logger;

/**
 * In the place of an API server, where none can be had: a server mock that behaves as the operator
 * needs it. It checks no schema and no rights, has no controllers, and {@code kubectl} does not
 * understand it.
 */
public final class FallbackApi implements AutoCloseable {
  private final KubernetesMockServer server;

  /** It tells of every request; kept here, because a logger that nobody keeps forgets its level. */
  private final Logger talk = Logger.getLogger(MockWebServer.class.getName());

  private FallbackApi(KubernetesMockServer server) {
    this.server = server;
    talk.setLevel(java.util.logging.Level.WARNING);
  }

  /** Starts one that knows these resources, on a free port of this machine alone. */
  public static FallbackApi start(CustomResources resources) {
    KubernetesMockServer server =
        new KubernetesMockServer(
            new Context(),
            new MockWebServer(),
            new HashMap<>(),
            new FallbackDispatcher(new SchemaDefaults(resources)),
            false);
    server.start();
    FallbackApi api = new FallbackApi(server);
    try (KubernetesClient client = api.client()) {
      resources.definitions().forEach(definition -> client.resource(definition).create());
    }
    return api;
  }

  /** A client; whoever asks for it closes it. */
  public KubernetesClient client() {
    return server.createClient();
  }

  @Override
  public void close() {
    server.shutdown();
  }
}
