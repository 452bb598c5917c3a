package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A value that a person may set, bound into the statements by the database itself. */
@ValidationRule(
    value = "has(self.value) || has(self.defaultValue)",
    message = "a parameter needs value or defaultValue")
public record ParameterSpec(
    @Required
        @Size(min = 1, max = 50)
        @Pattern("^[A-Za-z_][A-Za-z0-9_]*$")
        @JsonPropertyDescription("Name, as the statements write it: {name:Type}.")
        String name,
    @Required @JsonPropertyDescription("What values pass: String, Integer or Boolean.") Type type,
    @Size(max = 1024)
        @JsonProperty("defaultValue")
        @JsonPropertyDescription("The value where none is set.")
        String defaultValue,
    @Size(max = 400) @JsonPropertyDescription("What it is for, for people.") String description,
    @Size(max = 1024) @JsonPropertyDescription("The value of this run.") String value) {

  /** The types that a value is checked against before anything runs. */
  public enum Type {
    /** Any text. */
    String,
    /** A whole number of 64 bits. */
    Integer,
    /** {@code true} or {@code false}. */
    Boolean
  }
}
