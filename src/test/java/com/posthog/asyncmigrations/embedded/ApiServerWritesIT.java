package com.posthog.asyncmigrations.embedded;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedApiServer.class)
final class ApiServerWritesIT extends OperatorWrites {
  private KubeNamespace fresh;

  @BeforeEach
  void start(KubeNamespace namespace) {
    fresh = namespace;
  }

  @Override
  KubernetesClient client() {
    return fresh.client();
  }

  @Override
  String namespace() {
    return fresh.name();
  }
}
