package com.posthog.asyncmigrations.kubernetes.job;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes Jobs whose outcome is recorded, and their pods. */
public final class JobSweep {
  private static final Logger LOG = LoggerFactory.getLogger(JobSweep.class);

  private JobSweep() {}

  /** Every Job that a migration has left, when its run has ended. */
  public static void removeAll(KubernetesClient client, String namespace, String migration) {
    try {
      client
          .batch()
          .v1()
          .jobs()
          .inNamespace(namespace)
          .withLabel(JobRuns.LABEL, migration)
          .list()
          .getItems()
          .forEach(job -> remove(client, namespace, job.getMetadata().getName()));
    } catch (KubernetesClientException refused) {
      if (refused.getCode() != HttpURLConnection.HTTP_FORBIDDEN) { // it may run no Jobs at all
        throw refused;
      }
    }
  }

  /** One Job; what cannot be removed now is removed at the end of the run. */
  static void remove(KubernetesClient client, String namespace, String name) {
    try {
      var job = client.batch().v1().jobs().inNamespace(namespace).withName(name);
      job.withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
      Job left = job.get();
      if (left != null) {
        job.edit(
            j -> new JobBuilder(j).editMetadata().withFinalizers(others(j)).endMetadata().build());
      }
    } catch (KubernetesClientException refused) {
      LOG.info("Job {} is removed later: {}", name, refused.getMessage());
    }
  }

  private static String[] others(Job job) {
    return job.getMetadata().getFinalizers().stream()
        .filter(finalizer -> !finalizer.equals(JobRuns.FINALIZER))
        .toArray(String[]::new);
  }
}
