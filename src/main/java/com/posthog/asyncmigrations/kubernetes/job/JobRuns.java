package com.posthog.asyncmigrations.kubernetes.job;

import com.posthog.asyncmigrations.api.ApiGroup;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.kubernetes.KubernetesProblems;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.StepRunner;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ScalableResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/**
 * Runs steps as Jobs. A Job is found again by its name, and a finalizer keeps it until its outcome
 * is recorded: one that is not there has never run.
 */
public final class JobRuns implements StepRunner<Step.RunJob> {
  /** Which migration a Job belongs to. */
  static final String LABEL = ApiGroup.NAME + "/migration";

  /** Keeps a Job whose outcome is not recorded. */
  static final String FINALIZER = ApiGroup.NAME + "/outcome";

  /** 422: what is asked for is not a Job. */
  private static final int INVALID = 422;

  private final KubernetesClient client;
  private final HasMetadata owner;
  private final JobWatches watches;
  private final PodOutput output;
  private final Clock clock;

  /**
   * For the steps of one migration.
   *
   * @param owner the migration, with which its Jobs go
   */
  public JobRuns(KubernetesClient client, HasMetadata owner, JobWatches watches, Clock clock) {
    this.client = client;
    this.owner = owner;
    this.watches = watches;
    this.output = new PodOutput(client);
    this.clock = clock;
  }

  @Override
  public void submit(Intent intent, Step.RunJob step, Runnable wake) {
    Job job;
    try {
      job = job(intent, step);
    } catch (RuntimeException unreadable) {
      watches.refused(intent.effectId(), invalid("it cannot be read as a pod template"));
      wake.run();
      return;
    }
    try {
      client.resource(job).create();
    } catch (KubernetesClientException refused) {
      if (refused.getCode() == INVALID || refused.getCode() == HttpURLConnection.HTTP_BAD_REQUEST) {
        watches.refused(intent.effectId(), invalid(KubernetesProblems.of(refused).message()));
        wake.run();
        return;
      }
      if (refused.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw new ProblemException(KubernetesProblems.of(refused));
      }
    }
    watches.watch(intent.effectId(), named(intent), wake);
  }

  @Override
  public EffectView observe(Intent intent, Step.RunJob step, LeaseView.Held lease) {
    Optional<Problem> refused = watches.refusal(intent.effectId());
    if (refused.isPresent()) {
      return new EffectView.Failed(refused.get());
    }
    try {
      return Optional.ofNullable(named(intent).get())
          .map(this::view)
          .orElseGet(() -> absent(intent, lease));
    } catch (KubernetesClientException unanswered) {
      return new EffectView.Looking(KubernetesProblems.of(unanswered));
    }
  }

  /** A predecessor may still be creating it for as long as a request is on its way. */
  private EffectView absent(Intent intent, LeaseView.Held lease) {
    boolean ours = intent.token() == lease.token();
    return ours || lease.since().plus(Recognition.ON_ITS_WAY).isBefore(clock.instant())
        ? new EffectView.NotRun()
        : new EffectView.Looking(
            new Problem(
                Reason.LookingForStatement,
                "there is no Job %s, but it may still be on its way"
                    .formatted(JobName.of(intent.effectId()))));
  }

  private EffectView view(Job job) {
    if (has(job, "Complete")) {
      return new EffectView.Finished(0, output.lastLines(job));
    }
    if (has(job, "Failed")) {
      return new EffectView.Failed(
          new Problem(Reason.JobFailed, output.failure(job, message(job, "Failed"))));
    }
    boolean ending = job.isMarkedForDeletion() || Boolean.TRUE.equals(job.getSpec().getSuspend());
    if (ending && !output.anyRuns(job)) {
      return new EffectView.Failed(
          new Problem(
              Reason.StatementKilled,
              "Job %s was ended before it had finished".formatted(job.getMetadata().getName())));
    }
    return new EffectView.Running(0, 0);
  }

  /** Its controller ends the pods of a suspended Job. */
  @Override
  public void kill(Intent intent, Step.RunJob step) {
    try {
      Optional.ofNullable(named(intent).get())
          .filter(job -> !Boolean.TRUE.equals(job.getSpec().getSuspend()))
          .ifPresent(
              job ->
                  named(intent)
                      .edit(j -> new JobBuilder(j).editSpec().withSuspend(true).endSpec().build()));
    } catch (KubernetesClientException refused) {
      throw new ProblemException(KubernetesProblems.of(refused));
    }
  }

  @Override
  public void settled(Intent intent, Step.RunJob step) {
    watches.forget(intent.effectId());
    JobSweep.remove(client, owner.getMetadata().getNamespace(), JobName.of(intent.effectId()));
  }

  private Job job(Intent intent, Step.RunJob step) {
    PodTemplateSpec template = Serialization.unmarshal(step.template(), PodTemplateSpec.class);
    if (template.getSpec().getRestartPolicy() == null) {
      template.getSpec().setRestartPolicy("Never");
    }
    return new JobBuilder()
        .withNewMetadata()
        .withNamespace(owner.getMetadata().getNamespace())
        .withName(JobName.of(intent.effectId()))
        .withLabels(Map.of(LABEL, owner.getMetadata().getName()))
        .withFinalizers(FINALIZER)
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(owner.getApiVersion())
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .build())
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(step.retries())
        .withTemplate(template)
        .endSpec()
        .build();
  }

  private ScalableResource<Job> named(Intent intent) {
    return client
        .batch()
        .v1()
        .jobs()
        .inNamespace(owner.getMetadata().getNamespace())
        .withName(JobName.of(intent.effectId()));
  }

  private static Problem invalid(String why) {
    return new Problem(Reason.JobFailed, "job.template makes no Job: " + why);
  }

  static boolean ended(Job job) {
    return has(job, "Complete") || has(job, "Failed");
  }

  private static boolean has(Job job, String condition) {
    return Optional.ofNullable(job.getStatus()).map(JobStatus::getConditions).stream()
        .flatMap(java.util.Collection::stream)
        .anyMatch(c -> condition.equals(c.getType()) && "True".equals(c.getStatus()));
  }

  private static String message(Job job, String condition) {
    return job.getStatus().getConditions().stream()
        .filter(c -> condition.equals(c.getType()))
        .findFirst()
        .map(c -> Optional.ofNullable(c.getMessage()).orElse(c.getReason()))
        .orElse("it has failed");
  }
}
