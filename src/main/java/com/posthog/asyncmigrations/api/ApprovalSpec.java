package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A person's decision on one operation of one plan; it does not count for another plan. */
public record ApprovalSpec(
    @Required
        @Size(min = 1, max = 63)
        @JsonPropertyDescription("Name of the operation, which is of kind approval.")
        String operation,
    @Required
        @Size(min = 64, max = 64)
        @Pattern("^[0-9a-f]{64}$")
        @JsonPropertyDescription("status.planHash as it was when the person looked.")
        String planHash,
    @Required @JsonPropertyDescription("Approve goes on, Reject ends the run where it is.")
        Choice decision,
    @Size(max = 400) @JsonPropertyDescription("Why, for people.") String comment) {
  /** What a person may decide. */
  public enum Choice {
    /** Go on. */
    Approve,
    /** End the run. */
    Reject
  }
}
