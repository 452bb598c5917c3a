package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.WorkerSize;
import com.posthog.asyncmigrations.core.decide.Workers;
import com.posthog.asyncmigrations.core.decide.WorkersView;
import com.posthog.asyncmigrations.kubernetes.watch.InstanceWatches;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The worker Deployment of an instance. Whatever is written was recorded before by the caller;
 * every method may be repeated after a crash.
 */
public final class WorkerDeployment {
  private static final int MOST_ATTEMPTS = 5;

  private final WorkerSearch search;
  private final Readiness readiness;
  private final SizeWriter writer;
  private final Clock clock;

  /** Works with the rights of this client. */
  public WorkerDeployment(KubernetesClient client, Clock clock) {
    this.search = WorkerSearch.asking(client);
    this.readiness = new Readiness(client);
    this.writer = new SizeWriter(client);
    this.clock = clock;
  }

  /**
   * Looks at the recorded Deployment while it is not restored, else for the one that the spec
   * means. A recorded Deployment that is gone is seen as one with nothing to set, nothing to put
   * back, and no pods that are ready.
   */
  public Sighting observe(
      String namespace, Optional<PostHogInstanceSpec.Worker> wanted, Optional<Workers> recorded) {
    Optional<Workers> current =
        recorded.filter(workers -> workers.state() != Workers.State.RESTORED);
    if (current.isPresent()) {
      return new Sighting.Seen(view(namespace, current.get()));
    }
    return wanted
        .map(worker -> search(namespace, worker))
        .orElseGet(() -> new Sighting.Seen(WorkersView.none()));
  }

  /** The same for a recorded Deployment whose pods must have ended too that are too many. */
  public WorkersView settled(String namespace, Workers recorded) {
    return read(namespace, recorded)
        .map(reading -> view(recorded, reading, readiness.notSettled(reading)))
        .orElseGet(() -> missing(namespace, recorded));
  }

  /**
   * What would be recorded of a Deployment before it gets so many replicas. One that an autoscaler
   * would scale again at once is refused.
   */
  public Sighting sizeOf(String namespace, String deployment, int replicas) {
    Optional<Deployment> found = search.named(namespace, deployment);
    if (found.isEmpty()) {
      return new Sighting.Trouble(
          new Problem(
              Reason.WorkerMissing,
              "there is no Deployment %s in namespace %s to scale"
                  .formatted(deployment, namespace)));
    }
    if (replicas > 0 && !search.autoscalersOf(found.get()).isEmpty()) {
      return new Sighting.Trouble(
          new Problem(
              Reason.AutoscalerRefused,
              "a HorizontalPodAutoscaler scales Deployment %s: only 0 replicas would stay as they are"
                  .formatted(deployment)));
    }
    Reading reading = new Reading(found.get(), Optional.empty(), Optional.empty());
    Workers size =
        new Workers(
            deployment,
            Reading.firstContainer(found.get()),
            Optional.empty(),
            WorkerSize.ofReplicas(reading.replicas()),
            WorkerSize.ofReplicas(replicas),
            Workers.State.RECORDED,
            clock.instant());
    return new Sighting.Seen(view(size, reading, Optional.empty()));
  }

  /**
   * Whether a run that began now would find its worker, as far as the watches have told: costs
   * nothing, and is not exact enough to write by.
   */
  public static Optional<Problem> trouble(
      InstanceWatches watches, ResourceID instance, PostHogInstanceSpec.Worker wanted) {
    String namespace = instance.getNamespace().orElseThrow();
    return WorkerChoice.of(WorkerSearch.copiesOf(watches, instance), namespace, wanted)
            instanceof WorkerChoice.Refused refused
        ? Optional.of(refused.problem())
        : Optional.empty();
  }

  /** Sets each recorded part that still has its original value. */
  public void scale(String namespace, Workers workers) {
    unlessOvertaken(
        () -> {
          Optional<Reading> reading = read(namespace, workers);
          reading.ifPresent(r -> writer.write(r, new Comparison(workers, r).toSet()));
          return reading.isPresent();
        });
  }

  /** Puts back each recorded part that still has the value that the run set. */
  public void restore(String namespace, Workers workers) {
    unlessOvertaken(
        () -> {
          Optional<Reading> reading = read(namespace, workers);
          reading.ifPresent(r -> writer.write(r, new Comparison(workers, r).toPutBack()));
          return reading.isPresent();
        });
  }

  private WorkersView view(String namespace, Workers workers) {
    return read(namespace, workers)
        .map(reading -> view(workers, reading, readiness.notReady(reading)))
        .orElseGet(() -> missing(namespace, workers));
  }

  private static WorkersView missing(String namespace, Workers workers) {
    return new WorkersView(
        Optional.of(workers),
        true,
        Optional.of(new Problem(Reason.WorkerMissing, gone(namespace, workers))),
        false,
        List.of(gone(namespace, workers) + ": there is nothing to put back"));
  }

  private static WorkersView view(Workers workers, Reading reading, Optional<Problem> notReady) {
    Comparison comparison = new Comparison(workers, reading);
    return new WorkersView(
        Optional.of(workers),
        comparison.toSet().isEmpty(),
        notReady,
        !comparison.toPutBack().isEmpty(),
        comparison.leftAlone());
  }

  private Sighting search(String namespace, PostHogInstanceSpec.Worker wanted) {
    WorkerChoice choice = WorkerChoice.of(search, namespace, wanted);
    if (choice instanceof WorkerChoice.Chosen chosen) {
      Workers found = new Sizing(wanted).of(chosen.reading(), chosen.container(), clock.instant());
      return new Sighting.Seen(view(found, chosen.reading(), readiness.notReady(chosen.reading())));
    }
    return new Sighting.Trouble(((WorkerChoice.Refused) choice).problem());
  }

  private Optional<Reading> read(String namespace, Workers workers) {
    return search
        .named(namespace, workers.deployment())
        .map(
            deployment ->
                new Reading(
                    deployment,
                    Reading.container(deployment, workers.container()),
                    workers.autoscaler().flatMap(name -> search.autoscalerNamed(namespace, name))));
  }

  private static String gone(String namespace, Workers workers) {
    return "Deployment %s in namespace %s is gone".formatted(workers.deployment(), namespace);
  }

  /** Reads and writes anew where somebody else has written between the two. */
  private static <T> T unlessOvertaken(Supplier<T> action) {
    for (int attempt = 1; ; attempt++) {
      try {
        return action.get();
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }
}
