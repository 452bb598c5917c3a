package com.posthog.asyncmigrations.cli;

import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program's command, which has the others below it. */
@Command(
    name = "async-migrations",
    description = "Runs long, supervised ClickHouse and PostgreSQL data migrations on Kubernetes.",
    subcommands = OperatorCommand.class,
    mixinStandardHelpOptions = true,
    versionProvider = AsyncMigrationsCommand.Version.class)
public final class AsyncMigrationsCommand {

  /** All commands, ready to be executed. */
  public static CommandLine commandLine() {
    return new CommandLine(new AsyncMigrationsCommand());
  }

  /** The version of the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        Optional.ofNullable(AsyncMigrationsCommand.class.getPackage().getImplementationVersion())
            .orElse("development")
      };
    }
  }
}
