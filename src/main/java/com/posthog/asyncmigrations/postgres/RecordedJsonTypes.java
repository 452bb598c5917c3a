package com.posthog.asyncmigrations.postgres;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.posthog.asyncmigrations.core.plan.CopyTable;
import com.posthog.asyncmigrations.core.plan.ExchangeTables;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.core.plan.Undo;

/** The words for the cases of sealed types in the ledger. They are stored, so they never change. */
final class RecordedJsonTypes {
  private RecordedJsonTypes() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Step.ClickHouseStatement.class, name = "clickhouse"),
    @JsonSubTypes.Type(value = Step.PostgresStatement.class, name = "postgresql"),
    @JsonSubTypes.Type(value = Step.BatchUpdate.class, name = "batchUpdate"),
    @JsonSubTypes.Type(value = CopyTable.class, name = "copyTable"),
    @JsonSubTypes.Type(value = ExchangeTables.class, name = "exchangeTables"),
    @JsonSubTypes.Type(value = Step.CopyFromPostgres.class, name = "copyFromPostgres"),
    @JsonSubTypes.Type(value = Step.CompareTables.class, name = "compare"),
    @JsonSubTypes.Type(value = Step.ExpectValue.class, name = "expect"),
    @JsonSubTypes.Type(value = Step.ListItems.class, name = "items"),
    @JsonSubTypes.Type(value = Step.ScaleDeployment.class, name = "scale"),
    @JsonSubTypes.Type(value = Step.RunJob.class, name = "job"),
    @JsonSubTypes.Type(value = Step.Mutate.class, name = "mutation")
  })
  interface OfStep {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Undo.By.class, name = "by"),
    @JsonSubTypes.Type(value = Undo.Irreversible.class, name = "irreversible"),
    @JsonSubTypes.Type(value = Undo.NotNeeded.class, name = "notNeeded")
  })
  interface OfUndo {}

  /** What a reason is read as that a newer operator has written. */
  enum OfReason {
    @JsonEnumDefaultValue
    InternalError
  }
}
