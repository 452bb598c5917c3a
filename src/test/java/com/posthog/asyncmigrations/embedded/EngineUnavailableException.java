package com.posthog.asyncmigrations.embedded;

/** The engine cannot be had on this machine; the message is one line that says why. */
public final class EngineUnavailableException extends Exception {
  private static final long serialVersionUID = 1;

  /** For this reason. */
  public EngineUnavailableException(String message) {
    super(message);
  }
}
