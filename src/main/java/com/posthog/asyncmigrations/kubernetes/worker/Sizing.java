package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.core.decide.WorkerSize;
import com.posthog.asyncmigrations.core.decide.Workers;
import java.time.Instant;
import java.util.Optional;

/**
 * What a run would change. Nothing is ever made smaller: a part that has its value or more is not
 * touched, and not recorded.
 */
final class Sizing {
  private final PostHogInstanceSpec.Worker wanted;

  Sizing(PostHogInstanceSpec.Worker wanted) {
    this.wanted = wanted;
  }

  Workers of(Reading reading, String container, Instant now) {
    WorkerSize size = reading.size();
    Optional<Integer> replicas = replicas(reading);
    Optional<Integer> minimum = minimum(reading);
    Optional<String> request = request(size);
    Optional<String> limit =
        request.filter(to -> size.cpuLimit().filter(l -> less(l, to)).isPresent());
    return new Workers(
        reading.name(),
        container,
        reading.autoscaler().map(autoscaler -> autoscaler.getMetadata().getName()),
        new WorkerSize(
            replicas.flatMap(to -> size.replicas()),
            request.flatMap(to -> size.cpuRequest()),
            limit.flatMap(to -> size.cpuLimit()),
            minimum.flatMap(to -> size.autoscalerMinimum())),
        new WorkerSize(replicas, request, limit, minimum),
        Workers.State.RECORDED,
        now);
  }

  private Optional<Integer> replicas(Reading reading) {
    return Optional.ofNullable(wanted.replicas())
        .filter(to -> reading.autoscaler().isEmpty() && to > reading.replicas());
  }

  private Optional<Integer> minimum(Reading reading) {
    return reading
        .autoscaler()
        .flatMap(
            autoscaler ->
                Optional.ofNullable(wanted.replicas())
                    .map(to -> Math.min(to, autoscaler.getSpec().getMaxReplicas()))
                    .filter(to -> to > Reading.minimum(autoscaler)));
  }

  /** A container with a limit and no request has the limit as its request. */
  private Optional<String> request(WorkerSize size) {
    Optional<String> effective = size.cpuRequest().or(size::cpuLimit);
    return Optional.ofNullable(wanted.cpu())
        .filter(to -> effective.isEmpty() || less(effective.get(), to));
  }

  private static boolean less(String one, String other) {
    return Part.less(one, other);
  }
}
