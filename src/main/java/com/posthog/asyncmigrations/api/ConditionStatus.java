package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;

/** A condition as Kubernetes' API conventions write it. */
public record ConditionStatus(
    @Required @Size(max = 64) @JsonPropertyDescription("Type of the condition.") String type,
    @Required @JsonPropertyDescription("Whether it holds.") Value status,
    @Required
        @Size(max = 64)
        @JsonPropertyDescription("Why, as one word of the operator's vocabulary.")
        String reason,
    @Size(max = 1024) @JsonPropertyDescription("Why, as a sentence.") String message,
    @JsonPropertyDescription("When the status last changed.") Instant lastTransitionTime,
    @JsonPropertyDescription("The generation of the spec that it speaks of.")
        Long observedGeneration) {

  /** The three values of a condition. */
  public enum Value {
    /** It holds. */
    True,
    /** It does not hold. */
    False,
    /** Nobody can tell. */
    Unknown
  }
}
