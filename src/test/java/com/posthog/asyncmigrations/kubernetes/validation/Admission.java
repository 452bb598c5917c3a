package com.posthog.asyncmigrations.kubernetes.validation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;

/** Asks the API server whether it would take a resource. */
record Admission(KubernetesClient client, String namespace) {
  private static final int UNPROCESSABLE = 422;

  /** What it says of a new resource that it refuses. */
  Optional<String> refusalOf(Manifest manifest) {
    try {
      client.resource(manifest.resource()).inNamespace(namespace).dryRun().create();
      return Optional.empty();
    } catch (KubernetesClientException refused) {
      assertThat(refused.getCode()).as(refused.getMessage()).isEqualTo(UNPROCESSABLE);
      return Optional.of(refused.getStatus().getMessage());
    }
  }

  /** What it says of a change that it refuses. */
  Optional<String> refusalOfChange(Manifest before, Manifest after) {
    client
        .resource(before.resource())
        .inNamespace(namespace)
        .createOr(existing -> existing.update());
    try {
      client.resource(after.resource()).inNamespace(namespace).dryRun().update();
      return Optional.empty();
    } catch (KubernetesClientException refused) {
      assertThat(refused.getCode()).as(refused.getMessage()).isEqualTo(UNPROCESSABLE);
      return Optional.of(refused.getStatus().getMessage());
    }
  }
}
