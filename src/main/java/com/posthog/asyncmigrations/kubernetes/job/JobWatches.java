package com.posthog.asyncmigrations.kubernetes.job;

import com.posthog.asyncmigrations.core.Problem;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.Informable;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The Jobs that this process waits for, each by a watch of its own, and those that the API server
 * has refused. Losing this object loses nothing but time.
 */
public final class JobWatches {
  private final Map<String, CompletableFuture<?>> waits = new ConcurrentHashMap<>();
  private final Map<String, Problem> refusals = new ConcurrentHashMap<>();

  /** Calls when a Job has ended. */
  void watch(String effectId, Informable<Job> job, Runnable wake) {
    waits.computeIfAbsent(
        effectId,
        id ->
            job.informOnCondition(jobs -> jobs.stream().anyMatch(JobRuns::ended))
                .whenComplete((jobs, ended) -> wake.run()));
  }

  void refused(String effectId, Problem why) {
    refusals.put(effectId, why);
  }

  Optional<Problem> refusal(String effectId) {
    return Optional.ofNullable(refusals.get(effectId));
  }

  void forget(String effectId) {
    refusals.remove(effectId);
    Optional.ofNullable(waits.remove(effectId)).ifPresent(wait -> wait.cancel(true));
  }
}
