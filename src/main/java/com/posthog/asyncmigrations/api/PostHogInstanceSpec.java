package com.posthog.asyncmigrations.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Where an installation's parts are. Secrets and Deployments are those of the same namespace. */
public record PostHogInstanceSpec(
    @Required @JsonPropertyDescription("The ClickHouse cluster.") ClickHouse clickhouse,
    @Required
        @JsonPropertyDescription(
            "The PostgreSQL database (12 or later). The operator keeps its ledger there, in a schema of its own;"
                + " who has no PostHog gives an empty database.")
        Postgres postgres,
    @JsonPropertyDescription(
            "The worker Deployment and what it gets for a run. Not set: no worker is touched.")
        Worker worker,
    @JsonPropertyDescription(
            "How migrations of this installation behave; PostHog's names and defaults.")
        Settings settings,
    @JsonPropertyDescription(
            "How to learn which version of PostHog is installed. Not set: from the image of the worker Deployment.")
        InstalledVersion version) {

  /** Where the installed version is read. */
  @ValidationRule(
      value = "has(self.deployment) != has(self.literal)",
      message = "version needs exactly one of deployment (whose image tag tells) or literal")
  @ValidationRule(
      value = "!has(self.container) || has(self.deployment)",
      message = "version.container is one of version.deployment")
  public record InstalledVersion(
      @Size(min = 1, max = 253)
          @JsonPropertyDescription(
              "Name of a Deployment whose image tag is the version, for example release-1.36.1, 1.36.1 or v1.36.1.")
          String deployment,
      @Size(min = 1, max = 63)
          @JsonPropertyDescription("The container whose image tells. Default: the first one.")
          String container,
      @Size(min = 5, max = 20)
          @Pattern(VersionWindowSpec.VERSION)
          @JsonPropertyDescription("The version itself, for example 1.36.1.")
          String literal) {}

  /** A ClickHouse cluster and how its nodes are addressed. */
  @ValidationRule(
      value = "!has(self.cluster) || !has(self.nodes)",
      message =
          "clickhouse needs at most one of cluster (nodes from system.clusters) or nodes (a list)")
  public record ClickHouse(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Host name or address.")
          String host,
      @Min(1) @Max(65535) @Default("8123") @JsonPropertyDescription("HTTP port, of every node.")
          Integer httpPort,
      @Default("false") @JsonPropertyDescription("Whether the HTTP port speaks TLS.")
          Boolean secure,
      @Required
          @Size(min = 1, max = 128)
          @Pattern("^[A-Za-z0-9_]+$")
          @JsonPropertyDescription("The database that statements run in.")
          String database,
      @Size(min = 1, max = 128)
          @JsonPropertyDescription(
              "Name of the cluster in system.clusters, which lists the nodes; httpPort is that of all of them.")
          String cluster,
      @Size(min = 1, max = 100)
          @JsonPropertyDescription(
              "The nodes, where system.clusters does not tell how to reach them.")
          List<Node> nodes,
      @Required @JsonPropertyDescription("User and password.") CredentialsRef credentials) {}

  /** One ClickHouse server, by an address of its own (not of a Service in front of several). */
  public record Node(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Host name or address.")
          String host,
      @Min(1) @Max(65535) @JsonPropertyDescription("HTTP port, where it differs.") Integer httpPort,
      @Min(1) @Max(10000) @Default("1") @JsonPropertyDescription("Number of its shard, from 1.")
          Integer shard,
      @Min(1) @Max(10000) @Default("1") @JsonPropertyDescription("Number of its replica, from 1.")
          Integer replica) {}

  /** A PostgreSQL database. */
  public record Postgres(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Host name or address.")
          String host,
      @Min(1) @Max(65535) @Default("5432") @JsonPropertyDescription("Port.") Integer port,
      @Required @Size(min = 1, max = 63) @JsonPropertyDescription("Name of the database.")
          String database,
      @Default("\"prefer\"")
          @JsonPropertyDescription("How the connection is secured, as libpq's sslmode.")
          SslMode sslMode,
      @Required @JsonPropertyDescription("User and password.") CredentialsRef credentials) {}

  /** The modes of libpq that need no files. */
  public enum SslMode {
    /** No TLS. */
    disable,
    /** TLS where the server offers it. */
    prefer,
    /** TLS or no connection. */
    require
  }

  /** User and password from a Secret of the same namespace. */
  public record CredentialsRef(
      @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the Secret.")
          String secretName,
      @Size(min = 1, max = 253)
          @Default("\"username\"")
          @JsonPropertyDescription("Key of the user name.")
          String usernameKey,
      @Size(min = 1, max = 253)
          @Default("\"password\"")
          @JsonPropertyDescription("Key of the password.")
          String passwordKey) {}

  /** The worker Deployment, and the size that it has during a run. */
  @ValidationRule(
      value = "has(self.deployment) != has(self.selector)",
      message =
          "worker needs exactly one of deployment (its name) or selector (labels that only it has)")
  @ValidationRule(
      value = "has(self.replicas) || has(self.cpu)",
      message = "worker needs replicas (horizontal scaling), cpu (vertical scaling) or both")
  public record Worker(
      @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the Deployment.")
          String deployment,
      @Size(min = 1, max = 20)
          @JsonPropertyDescription("Labels of the Deployment, where its name is not known.")
          List<Label> selector,
      @Min(1)
          @Max(1000)
          @JsonPropertyDescription(
              "How many replicas the worker has at least during a run; one that has more keeps them.")
          Integer replicas,
      @Size(min = 1, max = 20)
          @Pattern("^([0-9]{1,6}m|[0-9]{1,4}([.][0-9]{1,3})?)$")
          @JsonPropertyDescription(
              "The CPU request that the worker's container has at least during a run, for example 2 or 1500m.")
          String cpu,
      @Size(min = 1, max = 63)
          @JsonPropertyDescription("The container that cpu is for. Default: the first one.")
          String container,
      @Default("\"Adjust\"")
          @JsonPropertyDescription(
              "Where a HorizontalPodAutoscaler scales the Deployment: Adjust raises its minimum (at most to its"
                  + " maximum), Fail refuses to run.")
          Autoscaler autoscaler,
      @Default("\"10m\"")
          @Size(min = 2, max = 16)
          @Pattern("^([1-9][0-9]{0,5}(s|m|h|d))+$")
          @JsonPropertyDescription(
              "How long the pods may take to become ready before the migration says that they are not.")
          String readyTimeout) {}

  /** What to do with a HorizontalPodAutoscaler of the worker. */
  public enum Autoscaler {
    /** Raise its minimum for the run. */
    Adjust,
    /** Refuse to run. */
    Fail
  }

  /** One label. */
  public record Label(
      @Required @Size(min = 1, max = 317) @JsonPropertyDescription("Key of the label.") String key,
      @Required @Size(max = 63) @JsonPropertyDescription("Value of the label.") String value) {}

  /**
   * PostHog's settings of the same names ({@code ASYNC_MIGRATIONS_*}), as far as they say how a run
   * goes.
   */
  public record Settings(
      @Default("false")
          @JsonPropertyDescription(
              "Whether a migration that does not say desiredState is run, once it may.")
          Boolean autoStart,
      @Default("true")
          @JsonPropertyDescription(
              "Whether a statement whose outcome was lost, and that says what to do then (onUnknown), is repeated"
                  + " without a person. What still runs is always taken up again.")
          Boolean autoContinue,
      @Default("false")
          @JsonPropertyDescription(
              "Whether a run that meets an error is left as it is, not undone.")
          Boolean disableAutoRollback,
      @Default("false")
          @JsonPropertyDescription(
              "Whether the installed version of PostHog is of no interest (spec.posthogVersions of the migrations).")
          Boolean ignorePosthogVersion,
      @Size(min = 2, max = 16)
          @Pattern("^([1-9][0-9]{0,5}(s|m|h|d))+$")
          @JsonPropertyDescription(
              "How long one statement of a rollback may run. Not set: as long as it takes.")
          String rollbackTimeout,
      @Default("\"2h\"")
          @Size(min = 2, max = 16)
          @Pattern("^([1-9][0-9]{0,5}(s|m|h|d))+$")
          @JsonPropertyDescription(
              "How long one statement of an operation may run that does not say timeout.")
          String defaultTimeout) {}
}
