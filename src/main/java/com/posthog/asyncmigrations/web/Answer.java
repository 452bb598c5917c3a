package com.posthog.asyncmigrations.web;

/**
 * What is answered to a request.
 *
 * @param status the HTTP status
 * @param contentType of the text
 */
public record Answer(int status, String contentType, String text) {
  private static final String PLAIN = "text/plain; charset=utf-8";

  /** The format that every Prometheus reads. */
  public static Answer metrics(String text) {
    return new Answer(200, "text/plain; version=0.0.4; charset=utf-8", text);
  }

  /** A probe: 200 when it holds, else 503. */
  public static Answer probe(boolean holds, String text) {
    return plain(holds ? 200 : 503, text);
  }

  static Answer plain(int status, String text) {
    return new Answer(status, PLAIN, text + "\n");
  }
}
