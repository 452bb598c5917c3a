package com.posthog.asyncmigrations.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpServerTest {
  private final AtomicBoolean synced = new AtomicBoolean();
  private final AtomicBoolean leading = new AtomicBoolean();
  private final Probes probes = new Probes(leading::get, synced::get);
  private final HttpServer server =
      new HttpServer(
          0,
          Map.of(
              "/metrics",
              () -> Answer.metrics("a_metric 1\n"),
              "/healthz",
              probes::alive,
              "/readyz",
              probes::ready,
              "/broken",
              () -> {
                throw new IllegalStateException("secret");
              }));

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void metricsAreInTheFormatOfPrometheus() throws Exception {
    HttpResponse<String> answer = ask("GET", "/metrics");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("a_metric 1\n");
    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(answer.headers().firstValue("Server")).isEmpty();
  }

  @Test
  void isAliveBeforeItIsReady() throws Exception {
    assertThat(ask("GET", "/healthz").statusCode()).isEqualTo(200);
    assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(503);
    assertThat(ask("GET", "/readyz").body()).contains("not known yet");

    synced.set(true);
    assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(200);
    assertThat(ask("GET", "/readyz").body()).isEqualTo("ready, stands by\n");

    leading.set(true);
    assertThat(ask("GET", "/readyz").body()).isEqualTo("ready, leads\n");
  }

  @Test
  void whatIsNotThereIsNamed() throws Exception {
    assertThat(ask("GET", "/other").statusCode()).isEqualTo(404);
    assertThat(ask("GET", "/other").body()).contains("/other");
  }

  @Test
  void canOnlyBeRead() throws Exception {
    assertThat(ask("POST", "/metrics").statusCode()).isEqualTo(405);
    HttpResponse<String> head = ask("HEAD", "/metrics");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void aFaultTellsNothing() throws Exception {
    HttpResponse<String> answer = ask("GET", "/broken");

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).doesNotContain("secret");
  }

  @Test
  void aPortThatIsTakenIsNamed() {
    try (HttpServer second = new HttpServer(server.port(), Map.of())) {
      assertThatThrownBy(second::start)
          .hasMessageContainingAll(Integer.toString(server.port()), "--http-port");
    }
  }

  private HttpResponse<String> ask(String method, String path)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path)))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
