package com.posthog.asyncmigrations.embedded;

/** No API server can be had on this machine; the message is one line that says why. */
public final class ApiServerUnavailableException extends Exception {
  private static final long serialVersionUID = 1;

  /** For this reason. */
  public ApiServerUnavailableException(String message) {
    super(message);
  }
}
