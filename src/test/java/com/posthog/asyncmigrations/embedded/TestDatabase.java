package com.posthog.asyncmigrations.embedded;

import com.posthog.asyncmigrations.core.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/**
 * A database on a server, and the plainest way to prepare and look at it, apart from what is
 * tested.
 */
public record TestDatabase(ClickHouseProcess server, Credentials user, String name) {

  /**
   * Runs a statement, and returns its answer as tab-separated text without the last line's end. On
   * a connection of its own, which is sent once: the server may be another one than a moment ago.
   */
  public String run(String sql) {
    try {
      byte[] body = sql.getBytes(StandardCharsets.UTF_8);
      HttpURLConnection connection = (HttpURLConnection) uri().toURL().openConnection();
      connection.setRequestProperty("Connection", "close");
      connection.setRequestProperty("X-ClickHouse-User", user.user());
      connection.setRequestProperty("X-ClickHouse-Key", user.password());
      connection.setDoOutput(true);
      connection.setFixedLengthStreamingMode(body.length);
      connection.getOutputStream().write(body);
      return answer(connection);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves nothing in it. */
  public void dropTables() {
    String all =
        run(
            "SELECT arrayStringConcat(groupArray('`' || name || '`'), ', ') FROM system.tables"
                + " WHERE database = currentDatabase()");
    if (!all.isEmpty()) {
      run("DROP TABLE " + all + " SYNC");
    }
  }

  private static String answer(HttpURLConnection connection) throws IOException {
    boolean done = connection.getResponseCode() == HttpURLConnection.HTTP_OK;
    try (InputStream body = done ? connection.getInputStream() : connection.getErrorStream()) {
      String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
      if (!done) {
        throw new IllegalStateException(text);
      }
      return text.stripTrailing();
    }
  }

  private URI uri() {
    return URI.create(
        "http://%s:%d/?database=%s"
            .formatted(
                server.host(), server.httpPort(), URLEncoder.encode(name, StandardCharsets.UTF_8)));
  }

  /** The same on these connections, for who runs many on a server that stays. */
  public String run(HttpClient connections, String sql) {
    HttpRequest request =
        HttpRequest.newBuilder(uri())
            .header("X-ClickHouse-User", user.user())
            .header("X-ClickHouse-Key", user.password())
            .POST(HttpRequest.BodyPublishers.ofString(sql))
            .build();
    try {
      HttpResponse<String> answer = connections.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IllegalStateException(answer.body());
      }
      return answer.body().stripTrailing();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
