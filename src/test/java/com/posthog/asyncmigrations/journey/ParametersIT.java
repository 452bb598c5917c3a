package com.posthog.asyncmigrations.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.embedded.ApiServerProcess;
import com.posthog.asyncmigrations.embedded.CuttingProxy;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.embedded.TestDatabase;
import com.posthog.asyncmigrations.embedded.WatchedNamespace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values that a person sets arrive as they are, beside the statement and not in its text. */
class ParametersIT extends Operated {
  /** As YAML, where single quotes need no escape. */
  private static final String AWKWARD = "it's \\\"quoted\\\" \\\\ back'); DROP TABLE p --\\ttab";

  private static final String ARRIVED = "it's \"quoted\" \\ back'); DROP TABLE p --\ttab";

  private static final String INSERT =
      "INSERT INTO p SELECT {words:String}, {number:Int64}, {flag:Bool}";

  private static final String PARAMETERS =
      "[{name: words, type: String, value: \"%s\"},".formatted(AWKWARD)
          + " {name: number, type: Integer, defaultValue: \"7\", value: \"-9007199254740993\"},"
          + " {name: flag, type: Boolean, defaultValue: \"true\"}]";

  private final CuttingProxy proxy;

  ParametersIT(
      ApiServerProcess server,
      TestDatabase clickHouse,
      SharedPostgres.Fresh postgres,
      WatchedNamespace namespace) {
    super(server, clickHouse, postgres, namespace);
    proxy = new CuttingProxy(clickHouse.server().host(), clickHouse.server().httpPort());
    installation.instance(proxy.port());
  }

  @AfterEach
  void closeProxy() {
    proxy.close();
  }

  @Test
  void areBoundByClickHouse() {
    installation
        .clickHouse()
        .run("CREATE TABLE p (words String, number Int64, flag Bool) ENGINE MergeTree ORDER BY ()");
    installation.migrate(
        "m",
        PARAMETERS,
        """
        - name: insert
          sql:
            database: ClickHouse
            statements:
              - sql: %s
          rollback: {notNeeded: true}
        - name: found
          verify:
            query:
              database: ClickHouse
              sql: SELECT count() FROM p WHERE words = {words:String}
              equals: "1"
        """
            .formatted(INSERT));

    completes();
    assertThat(
            installation
                .clickHouse()
                .run("SELECT concat(base64Encode(words), ' ', toString(number), ' ', flag) FROM p"))
        .isEqualTo(base64(ARRIVED) + " -9007199254740993 true");
    // the server's query log shows the values in their place: only what was sent tells
    assertThat(proxy.received(r -> r.contains(INSERT) && r.contains("param_number="))).isEqualTo(1);
    assertThat(proxy.received(r -> r.contains("INSERT INTO p"))).isEqualTo(1);
  }

  @Test
  void areBoundByPostgres() {
    installation
        .postgres()
        .asSuperuser(
            "CREATE TABLE p (words text, number bigint, flag boolean)",
            "GRANT ALL ON p TO posthog");
    installation.migrate(
        "m",
        PARAMETERS,
        Operations.postgres(
            "insert", "INSERT INTO p SELECT {words:text}, {number:bigint}, {flag:boolean}"));

    completes();
    assertThat(installation.postgres().value("SELECT words FROM p")).isEqualTo(ARRIVED);
    assertThat(installation.postgres().value("SELECT number || ' ' || flag FROM p"))
        .isEqualTo("-9007199254740993 true");
  }

  @Test
  void aDefaultIsUsedWhereNoValueIsSet() {
    installation.clickHouse().run("CREATE TABLE p (n Int64) ENGINE MergeTree ORDER BY n");
    String operation =
        """
        - name: insert
          sql:
            database: ClickHouse
            statements:
              - sql: INSERT INTO p SELECT {number:Int64}
          rollback: {notNeeded: true}
        """;
    installation.migrate("m", "[{name: number, type: Integer, defaultValue: \"7\"}]", operation);

    completes();
    assertThat(installation.clickHouse().run("SELECT n FROM p")).isEqualTo("7");
  }

  @Test
  void aValueOfTheWrongTypeIsNamedBeforeAnythingIsTouched() {
    installation.migrate(
        "m",
        "[{name: number, type: Integer, value: twelve}]",
        Operations.create("t") + Operations.postgres("one", "SELECT {number:bigint}"));

    await().atMost(soon()).until(() -> "FailedAtStartup".equals(installation.phase("m")));
    assertThat(installation.condition("m", "Stalled").reason()).isEqualTo("InvalidPlan");
    assertThat(installation.condition("m", "Stalled").message())
        .contains("spec.parameters", "number", "twelve");
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
    assertThat(installation.clickHouse().run("EXISTS TABLE t")).isEqualTo("0");
  }

  private void completes() {
    await().atMost(soon()).until(() -> "CompletedSuccessfully".equals(installation.phase("m")));
    assertThat(installation.replicas()).isEqualTo(Installation.REPLICAS);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Duration soon() {
    return Duration.ofMinutes(2);
  }
}
