package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** The versions of PostHog that the migration can run on. */
@ValidationRule(
    value = "has(self.min) || has(self.max)",
    message = "posthogVersions needs min, max or both")
public record VersionWindowSpec(
    @Size(min = 5, max = 20)
        @Pattern(VersionWindowSpec.VERSION)
        @JsonPropertyDescription(
            "The first version that it can run on, for example 1.36.0; before, it waits.")
        String min,
    @Size(min = 5, max = 20)
        @Pattern(VersionWindowSpec.VERSION)
        @JsonPropertyDescription(
            "The last version that it can run on, for example 1.40.9; an upgrade beyond needs it completed.")
        String max) {

  /** Three numbers. */
  static final String VERSION = "^[0-9]{1,6}\\.[0-9]{1,6}\\.[0-9]{1,6}$";
}
