package com.posthog.asyncmigrations.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClickHouseProblemsTest {

  @ParameterizedTest
  @CsvSource({
    "516,CredentialsRejected",
    "193,CredentialsRejected",
    "192,CredentialsRejected",
    "81,DatabaseMissing",
    "497,DatabaseRefused",
    "394,StatementKilled",
    "159,StatementTimedOut",
    "160,StatementTimedOut",
    "60,StatementFailed"
  })
  void codesHaveReasons(int code, Reason reason) {
    assertThat(ClickHouseProblems.answered(code, "").reason()).isEqualTo(reason);
    assertThat(ClickHouseProblems.answered(code, "").at("here").as(Reason.Running).code())
        .hasValue(code);
  }

  @Test
  void theFirstLineIsKeptWithoutWhatIsAroundIt() {
    String log =
        "Code: 395. DB::Exception: a (b) c\nd: while executing. (FUNCTION_THROW_IF) (version 26.7.2.1)";
    String client =
        "Code: 241. DB::Exception: too much (MEMORY_LIMIT_EXCEEDED) (version 24.8.1.1 (official build))"
            + " (queryId= abc)";

    assertThat(ClickHouseProblems.answered(395, log).message())
        .isEqualTo("code 395 (FUNCTION_THROW_IF): a (b) c");
    assertThat(ClickHouseProblems.answered(241, client).message())
        .isEqualTo("code 241 (MEMORY_LIMIT_EXCEEDED): too much");
    assertThat(ClickHouseProblems.answered(7, "something else").message())
        .isEqualTo("code 7: something else");
  }

  @Test
  void failuresAreToldInOurOwnWords() {
    assertUnreachable(new UnknownHostException("pw"), "is a host that nobody knows");
    assertUnreachable(new ConnectException("pw"), "refused the connection");
    assertUnreachable(new SocketTimeoutException("pw"), "did not answer in time");
    assertUnreachable(new NoRouteToHostException("pw"), "cannot be reached from here: no route");
    assertUnreachable(
        new SSLHandshakeException("pw"),
        "does not speak TLS as this side does, or its certificate is not trusted");
    assertUnreachable(new IOException("pw"), "closed the connection before it had answered");
  }

  private static void assertUnreachable(Exception failure, String words) {
    assertThat(ClickHouseProblems.unreachable("ch:8123", new IllegalStateException(failure)))
        .isEqualTo(new Problem(Reason.DatabaseUnreachable, "ClickHouse at ch:8123 " + words));
  }
}
