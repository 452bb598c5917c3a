package com.posthog.asyncmigrations.journey;

/** How an installation's databases are reached, as manifests. */
final class Connections {
  private Connections() {}

  static String secrets(String user, String clickHousePassword, String postgresPassword) {
    return """
        apiVersion: v1
        kind: Secret
        metadata:
          name: clickhouse
        stringData:
          username: %s
          password: "%s"
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          name: postgres
        stringData:
          username: posthog
          password: "%s"
        """
        .formatted(user, clickHousePassword, postgresPassword);
  }

  static String instance(
      int clickHousePort, String clickHouseDatabase, int postgresPort, String postgresDatabase) {
    return """
        apiVersion: migrations.posthog.com/v1alpha1
        kind: PostHogInstance
        metadata:
          name: posthog
        spec:
          clickhouse:
            host: 127.0.0.1
            httpPort: %d
            database: %s
            credentials:
              secretName: clickhouse
          postgres:
            host: 127.0.0.1
            port: %d
            database: %s
            credentials:
              secretName: postgres
          worker:
            deployment: posthog-worker
            replicas: 5
            cpu: "2"
        """
        .formatted(clickHousePort, clickHouseDatabase, postgresPort, postgresDatabase);
  }
}
