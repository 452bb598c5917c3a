package com.posthog.asyncmigrations.kubernetes;

import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;

/** What the API server refuses, in the words of people. */
public final class KubernetesProblems {
  private static final int LONGEST = 300;

  private KubernetesProblems() {}

  /** The problem that an exception of the client is about. */
  public static Problem of(KubernetesClientException refused) {
    String words =
        Optional.ofNullable(refused.getStatus()).map(Status::getMessage).orElse("no answer");
    return new Problem(
        Reason.KubernetesRefused,
        "the API server refused the operator (%d): %s"
            .formatted(refused.getCode(), Excerpt.ofFirstLine(words, LONGEST)));
  }
}
