package com.posthog.asyncmigrations.kubernetes;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Lease by which operators agree who acts, as a process that ends leaves it. */
public final class Leadership {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private final String process;

  /** The Lease of this name, for the process that is called so in it. */
  public Leadership(KubernetesClient client, String namespace, String name, String process) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
    this.process = process;
  }

  /**
   * Gives it up, if this process holds it, so that the next one need not wait until it runs out.
   * Only to be called by a process that does nothing any more.
   */
  public void giveUp() {
    try {
      Optional.ofNullable(client.leases().inNamespace(namespace).withName(name).get())
          .filter(lease -> process.equals(lease.getSpec().getHolderIdentity()))
          .ifPresent(this::release);
    } catch (KubernetesClientException unreachable) {
      LOG.info("The lease runs out by itself: {}", unreachable.getMessage());
    }
  }

  /** With the resourceVersion that was read: nobody else's lease is taken away. */
  private void release(Lease lease) {
    client
        .resource(new LeaseBuilder(lease).editSpec().withHolderIdentity("").endSpec().build())
        .update();
  }
}
