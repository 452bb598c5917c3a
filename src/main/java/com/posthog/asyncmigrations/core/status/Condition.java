package com.posthog.asyncmigrations.core.status;

import com.posthog.asyncmigrations.core.Reason;

/** One condition, as Kubernetes' API conventions have them. */
public record Condition(Type type, boolean holds, Reason reason, String message) {

  /** The conditions that kstatus reads, and with it Helm, Argo CD and Flux. */
  public enum Type {
    /** Nothing is left to do: what is wanted is so. */
    Ready,
    /** Work goes on, or waits for a person or for time. */
    Reconciling,
    /** Nothing goes on before a person has seen to it. */
    Stalled
  }
}
