package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** One statement, and what may be done when its outcome was lost. */
public record StatementSpec(
    @Required
        @Size(min = 1, max = 32768)
        @JsonPropertyDescription("One statement. Parameters are written {name:Type}.")
        String sql,
    @JsonPropertyDescription(
            "What to do when nobody can tell whether the statement ran, because its server was lost with its"
                + " logs: Fail (default), Repeat (it does no harm to run it twice), or RollBackThenRepeat (run the"
                + " operation's rollback, then the operation again).")
        OnUnknownSpec onUnknown,
    @JsonPropertyDescription(
            "PostgreSQL only: false for what cannot run in a transaction, such as CREATE INDEX CONCURRENTLY. It needs"
                + " a connection to the server itself, not to a pooler that shares connections between statements."
                + " Default: true.")
        Boolean transactional) {

  /** What may be done with a statement of unknown outcome. */
  public enum OnUnknownSpec {
    /** End the run as an error. */
    Fail,
    /** Run it again. */
    Repeat,
    /** Run the operation's rollback, then the whole operation again. */
    RollBackThenRepeat
  }
}
