package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;

final class FallbackWritesTest extends OperatorWrites {
  private final FallbackApi api = FallbackApi.start(CustomResources.in(Path.of("crds")));
  private final KubernetesClient client = api.client();

  @AfterEach
  void stop() {
    client.close();
    api.close();
  }

  @Override
  KubernetesClient client() {
    return client;
  }

  @Override
  String namespace() {
    return "posthog";
  }
}
