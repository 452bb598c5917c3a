package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** One PostHog installation: where its databases are, and which Deployment its workers are. */
@JsonClassDescription(
    "One PostHog installation: where its databases are, and which Deployment its workers are.")
@Group(ApiGroup.NAME)
@Version(ApiGroup.VERSION)
@Kind("PostHogInstance")
@Plural("posthoginstances")
@ShortNames("phi")
@Categories("migrations")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Version", jsonPath = ".status.version")
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class PostHogInstance
    extends CustomResource<PostHogInstanceSpec, PostHogInstanceStatus> implements Namespaced {

  private static final long serialVersionUID = 1;

  @Override
  @Required
  @JsonPropertyDescription("Where the installation's databases and workers are.")
  public PostHogInstanceSpec getSpec() {
    return super.getSpec();
  }

  @Override
  @JsonPropertyDescription("What the operator found; the operator writes it.")
  public PostHogInstanceStatus getStatus() {
    return super.getStatus();
  }
}
