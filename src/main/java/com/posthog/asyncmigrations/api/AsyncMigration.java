package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** One data migration: what it does, what a person wants of it, and how far it is. */
@JsonClassDescription(
    "One data migration: what it does, what a person wants of it, and how far it is.")
@Group(ApiGroup.NAME)
@Version(ApiGroup.VERSION)
@Kind("AsyncMigration")
@Plural("asyncmigrations")
@ShortNames("asyncmig")
@Categories("migrations")
@ValidationRule(
    value = "self.metadata.name.size() <= 52",
    message = "metadata.name must be at most 52 characters long")
@AdditionalPrinterColumn(name = "Status", jsonPath = ".status.phase")
@AdditionalPrinterColumn(
    name = "Progress",
    jsonPath = ".status.progress",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Index",
    jsonPath = ".status.currentOperationIndex",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Operation", jsonPath = ".status.currentOperation")
@AdditionalPrinterColumn(name = "Started", jsonPath = ".status.startedAt")
@AdditionalPrinterColumn(name = "Finished", jsonPath = ".status.finishedAt")
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(name = "Query", jsonPath = ".status.currentQueryId", priority = 1)
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
public final class AsyncMigration extends CustomResource<AsyncMigrationSpec, AsyncMigrationStatus>
    implements Namespaced {

  private static final long serialVersionUID = 1;

  @Override
  @Required
  @JsonPropertyDescription("What the migration does, and what a person wants of it.")
  public AsyncMigrationSpec getSpec() {
    return super.getSpec();
  }

  @Override
  @JsonPropertyDescription("How far the migration is; the operator writes it.")
  public AsyncMigrationStatus getStatus() {
    return super.getStatus();
  }
}
