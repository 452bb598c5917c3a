package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** What the operator found of an installation. */
public record PostHogInstanceStatus(
    @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        Long observedGeneration,
    @Size(max = 20)
        @JsonPropertyDescription(
            "The version of PostHog that is installed; not there while it is not known.")
        String version,
    @Size(max = 500) @JsonPropertyDescription("Where the version was read, or why it could not be.")
        String versionSource,
    @Size(max = 100) @JsonPropertyDescription("The ClickHouse nodes found.") List<NodeStatus> nodes,
    @Size(max = 8)
        @JsonPropertyDescription("Ready, Reconciling and Stalled, as kstatus reads them.")
        List<ConditionStatus> conditions) {

  /** One ClickHouse node. */
  public record NodeStatus(
      @Size(max = 260) @JsonPropertyDescription("Host and HTTP port.") String address,
      @JsonPropertyDescription("Number of its shard.") Integer shard,
      @JsonPropertyDescription("Number of its replica.") Integer replica,
      @Size(max = 36) @JsonPropertyDescription("Its serverUUID().") String serverUuid,
      @Size(max = 64) @JsonPropertyDescription("Its version.") String version) {}
}
