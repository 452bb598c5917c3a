package com.posthog.asyncmigrations.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;

/**
 * The one way in which the operator writes: server-side apply with the resourceVersion that was
 * read (contracts, 1).
 */
public final class StatusApply {
  /** The owner of the fields that the operator writes. */
  public static final String FIELD_MANAGER = "async-migrations";

  private StatusApply() {}

  /**
   * An empty resource that is applied in the place of the one that was read, if nobody has written
   * meanwhile.
   */
  public static <R extends HasMetadata> R fresh(R read, R empty) {
    empty.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(read.getMetadata().getNamespace())
            .withName(read.getMetadata().getName())
            .withResourceVersion(read.getMetadata().getResourceVersion())
            .build());
    return empty;
  }

  /**
   * Writes the metadata that is ours alone: what is not in it and was ours before is taken away.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException with code 409 when somebody else
   *     has written meanwhile
   */
  public static <R extends HasMetadata> R applyMetadata(KubernetesClient client, R fresh) {
    return client.resource(fresh).patch(serverSideApply());
  }

  /**
   * Writes a status.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException with code 409 when somebody else
   *     has written meanwhile
   */
  public static <R extends HasMetadata> R apply(KubernetesClient client, R fresh) {
    return client.resource(fresh).subresource("status").patch(serverSideApply());
  }

  private static PatchContext serverSideApply() {
    return new PatchContext.Builder()
        .withPatchType(PatchType.SERVER_SIDE_APPLY)
        .withFieldManager(FIELD_MANAGER)
        .withForce(true)
        .build();
  }
}
