package com.posthog.asyncmigrations.kubernetes.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.api.PostHogInstanceSpec;
import com.posthog.asyncmigrations.api.PostHogInstanceSpec.Label;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.Workers;
import com.posthog.asyncmigrations.core.decide.WorkersView;
import com.posthog.asyncmigrations.embedded.KubeNamespace;
import com.posthog.asyncmigrations.embedded.SharedApiServer;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which Deployment is meant, and what is said of pods that are not ready, on a real API server. */
@ExtendWith(SharedApiServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkerSightingIT {
  private final KubernetesClient client;
  private final WorkerDeployment workers;

  WorkerSightingIT(KubeNamespace namespace) {
    client = namespace.client();
    workers = new WorkerDeployment(client, Clock.systemUTC());
  }

  @Test
  void noneIsWanted() {
    WorkerNamespace namespace = new WorkerNamespace(client);

    assertThat(workers.observe(namespace.name(), Optional.empty(), Optional.empty()))
        .isEqualTo(new Sighting.Seen(WorkersView.none()));
  }

  @Test
  void foundByLabels() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker("posthog-web", 1, Map.of("app", "posthog", "role", "web"));
    namespace.worker("posthog-worker-main", 1, Map.of("app", "posthog", "role", "worker"));

    Workers found =
        view(
                namespace,
                Wanted.labelled(3, new Label("app", "posthog"), new Label("role", "worker")))
            .found()
            .orElseThrow();

    assertThat(found.deployment()).isEqualTo("posthog-worker-main");
  }

  @Test
  void missing() {
    WorkerNamespace namespace = new WorkerNamespace(client);

    assertThat(trouble(namespace, Wanted.replicas(3)))
        .isEqualTo(
            new Problem(
                Reason.WorkerMissing,
                "there is no Deployment named posthog-worker in namespace " + namespace.name()));
    assertThat(trouble(namespace, Wanted.labelled(3, new Label("role", "worker"))))
        .isEqualTo(
            new Problem(
                Reason.WorkerMissing,
                "there is no Deployment with the labels role=worker in namespace "
                    + namespace.name()));
  }

  @Test
  void theContainerIsMissing() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);

    assertThat(trouble(namespace, Wanted.cpuOf("celery", "2")))
        .isEqualTo(
            new Problem(
                Reason.WorkerMissing, "Deployment posthog-worker has no container named celery"));
  }

  @Test
  void ambiguous() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker("worker-b", 1, Map.of("role", "worker"));
    namespace.worker("worker-a", 1, Map.of("role", "worker"));

    assertThat(trouble(namespace, Wanted.labelled(3, new Label("role", "worker"))))
        .isEqualTo(
            new Problem(
                Reason.WorkerAmbiguous,
                ("2 Deployments with the labels role=worker are in namespace %s (worker-a, worker-b):"
                        + " name one, or give labels that only one has")
                    .formatted(namespace.name())));
  }

  @Test
  void anAutoscalerIsRefused() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    assertThat(view(namespace, Wanted.failing(3)).found()).isPresent();
    namespace.autoscaler("hpa-a", 1, 10);

    assertThat(trouble(namespace, Wanted.failing(3)).reason()).isEqualTo(Reason.AutoscalerRefused);
    assertThat(trouble(namespace, Wanted.failing(3)).message())
        .contains("posthog-worker", "hpa-a", "Fail");

    namespace.autoscaler("hpa-b", 1, 10);

    assertThat(trouble(namespace, Wanted.replicas(3)).reason()).isEqualTo(Reason.AutoscalerRefused);
    assertThat(trouble(namespace, Wanted.replicas(3)).message()).contains("hpa-a, hpa-b");
  }

  @Test
  void readyOnceTheControllerHasSeenTheChangeAndAllPodsAreNewAndReady() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    namespace.ready();
    Workers found = view(namespace, Wanted.replicas(3)).found().orElseThrow();
    assertThat(seen(namespace, found).notReady()).isEmpty();

    workers.scale(namespace.name(), found);

    assertThat(notReady(namespace, found))
        .isEqualTo(
            "1 of 3 pods of posthog-worker are ready: the Deployment's last change was not acted"
                + " upon yet");
    namespace.status(namespace.status(3, 3, 2).build());
    assertThat(notReady(namespace, found)).isEqualTo("2 of 3 pods of posthog-worker are ready");
    namespace.ready();
    assertThat(seen(namespace, found).notReady()).isEmpty();
  }

  @Test
  void anOldPodIsNotCounted() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    Workers found = view(namespace, Wanted.cpu("2")).found().orElseThrow();
    workers.scale(namespace.name(), found);

    namespace.status(namespace.status(2, 1, 1).build());

    assertThat(notReady(namespace, found)).isEqualTo("0 of 1 pods of posthog-worker are ready");
  }

  @Test
  void anAutoscalersMinimumIsEnough() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(8);
    namespace.autoscaler("hpa", 1, 10);
    Workers found = view(namespace, Wanted.replicas(3)).found().orElseThrow();
    workers.scale(namespace.name(), found);

    namespace.status(namespace.status(8, 8, 2).build());
    assertThat(notReady(namespace, found)).isEqualTo("2 of 3 pods of posthog-worker are ready");
    namespace.status(namespace.status(8, 8, 3).build());
    assertThat(seen(namespace, found).notReady()).isEmpty();
  }

  @Test
  void aStoppedAutoscalerAndAPausedDeploymentAreNamed() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(0);
    namespace.autoscaler("hpa", 1, 10);
    namespace.edit(d -> new DeploymentBuilder(d).editSpec().withPaused(true).endSpec().build());
    namespace.status(namespace.status(0, 0, 0).build());

    Workers found = view(namespace, Wanted.replicas(3)).found().orElseThrow();

    assertThat(notReady(namespace, found)).contains("paused", "switched off");
  }

  @Test
  void aQuotaIsNamed() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(3);
    namespace.status(
        namespace
            .status(1, 1, 1)
            .addNewCondition()
            .withType("ReplicaFailure")
            .withStatus("True")
            .withReason("FailedCreate")
            .withMessage("pods \"x\" is forbidden: exceeded quota: small, used: pods=1, limited: 1")
            .endCondition()
            .build());

    assertThat(notReady(namespace, Wanted.replicas(3)))
        .startsWith("1 of 3 pods of posthog-worker are ready: ")
        .contains("exceeded quota: small");
  }

  @Test
  void podsGiveTheirOwnReasonsGroupedAndCutShort() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(5);
    namespace.status(namespace.status(5, 5, 0).build());
    for (String pod : List.of("pull-1", "pull-2")) {
      namespace.pod(
          pod,
          List.of(notReady()),
          List.of(
              container("local/nope:1")
                  .withNewState()
                  .withNewWaiting()
                  .withReason("ImagePullBackOff")
                  .withMessage("Back-off pulling image")
                  .endWaiting()
                  .endState()
                  .build()));
    }
    namespace.pod(
        "unschedulable",
        List.of(
            notReady(),
            new PodConditionBuilder()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .withMessage("0/1 nodes are available: 1 Insufficient cpu. " + "x".repeat(2_000))
                .build()),
        List.of());
    namespace.pod(
        "probe",
        List.of(notReady()),
        List.of(
            container("posthog:1")
                .withStarted(true)
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .build()));
    namespace.pod(
        "creating",
        List.of(notReady()),
        List.of(
            container("posthog:1")
                .withNewState()
                .withNewWaiting()
                .withReason("ContainerCreating")
                .endWaiting()
                .endState()
                .build()));

    String message = notReady(namespace, Wanted.replicas(5));

    assertThat(message)
        .startsWith(
            "0 of 5 pods of posthog-worker are ready: container worker: ImagePullBackOff, image"
                + " local/nope:1 (2 pods); ")
        .contains("Unschedulable: 0/1 nodes are available: 1 Insufficient cpu")
        .contains("container worker: running, its readiness probe does not pass")
        .hasSizeLessThan(600);
  }

  @Test
  void aPodThatIsOnItsWayIsNamedWhereNothingIsWrong() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    namespace.status(namespace.status(1, 1, 0).build());
    namespace.pod(
        "creating",
        List.of(notReady()),
        List.of(
            container("posthog:1")
                .withNewState()
                .withNewWaiting()
                .withReason("ContainerCreating")
                .endWaiting()
                .endState()
                .build()));

    assertThat(notReady(namespace, Wanted.replicas(1)))
        .isEqualTo(
            "0 of 1 pods of posthog-worker are ready: container worker: ContainerCreating, image"
                + " posthog:1");
  }

  @Test
  void aMissingSecretIsNamed() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    namespace.status(namespace.status(1, 1, 0).build());
    namespace.pod(
        "config",
        List.of(notReady()),
        List.of(
            container("posthog:1")
                .withNewState()
                .withNewWaiting()
                .withReason("CreateContainerConfigError")
                .withMessage("secret \"posthog\" not found")
                .endWaiting()
                .endState()
                .build()));

    assertThat(notReady(namespace, Wanted.replicas(1)))
        .endsWith("container worker: CreateContainerConfigError, secret \"posthog\" not found");
  }

  @Test
  void whatAContainerHasWrittenIsNotQuoted() {
    WorkerNamespace namespace = new WorkerNamespace(client);
    namespace.worker(1);
    namespace.status(namespace.status(1, 1, 0).build());
    namespace.pod(
        "crash",
        List.of(notReady()),
        List.of(
            container("posthog:1")
                .withRestartCount(4)
                .withNewState()
                .withNewWaiting()
                .withReason("CrashLoopBackOff")
                .withMessage("do-not-tell")
                .endWaiting()
                .endState()
                .withNewLastState()
                .withNewTerminated()
                .withExitCode(137)
                .withReason("OOMKilled")
                .withMessage("do-not-tell")
                .endTerminated()
                .endLastState()
                .build()));

    assertThat(notReady(namespace, Wanted.replicas(1)))
        .isEqualTo(
            "0 of 1 pods of posthog-worker are ready: container worker: CrashLoopBackOff, last"
                + " ended with exit code 137 (OOMKilled)");
  }

  private WorkersView view(WorkerNamespace namespace, PostHogInstanceSpec.Worker wanted) {
    Sighting sighting = workers.observe(namespace.name(), Optional.of(wanted), Optional.empty());
    return ((Sighting.Seen) sighting).view();
  }

  private WorkersView seen(WorkerNamespace namespace, Workers recorded) {
    Sighting sighting = workers.observe(namespace.name(), Optional.empty(), Optional.of(recorded));
    return ((Sighting.Seen) sighting).view();
  }

  private Problem trouble(WorkerNamespace namespace, PostHogInstanceSpec.Worker wanted) {
    Sighting sighting = workers.observe(namespace.name(), Optional.of(wanted), Optional.empty());
    return ((Sighting.Trouble) sighting).problem();
  }

  private String notReady(WorkerNamespace namespace, Workers recorded) {
    Problem problem = seen(namespace, recorded).notReady().orElseThrow();
    assertThat(problem.reason()).isEqualTo(Reason.WorkersNotReady);
    return problem.message();
  }

  private String notReady(WorkerNamespace namespace, PostHogInstanceSpec.Worker wanted) {
    return notReady(namespace, view(namespace, wanted).found().orElseThrow());
  }

  private static PodCondition notReady() {
    return new PodConditionBuilder().withType("Ready").withStatus("False").build();
  }

  private static ContainerStatusBuilder container(String image) {
    return new ContainerStatusBuilder()
        .withName("worker")
        .withImage(image)
        .withImageID("")
        .withReady(false)
        .withRestartCount(0);
  }
}
