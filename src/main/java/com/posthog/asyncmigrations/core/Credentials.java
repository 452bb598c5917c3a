package com.posthog.asyncmigrations.core;

/** A user and a password, as a Secret holds them. Nothing prints the password. */
public record Credentials(String user, String password) {
  @Override
  public String toString() {
    return "Credentials[user=" + user + "]";
  }
}
