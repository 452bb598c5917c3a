package com.posthog.asyncmigrations.quickstart;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A Kubernetes API on this machine: a real one, or what stands in for it. */
interface KubernetesApi {

  /** A client with every right. */
  KubernetesClient client();

  /** What the operator, and {@code kubectl}, connect with. */
  Path kubeconfig();

  /** The {@code kubectl} that can be used on it, if any can. */
  Optional<String> kubectl();

  /** What it is, in a few words. */
  String description();

  /** Its processes, if it has any. */
  List<Long> pids();
}
