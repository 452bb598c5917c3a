package com.posthog.asyncmigrations;

import com.posthog.asyncmigrations.cli.AsyncMigrationsCommand;

/** The program: one jar, several commands. */
public final class Main {
  private Main() {}

  /** Runs the command that the arguments name, and ends with its exit code. */
  public static void main(String[] arguments) {
    System.exit(AsyncMigrationsCommand.commandLine().execute(arguments));
  }
}
