package com.posthog.asyncmigrations.postgres;

import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.Redaction;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What PostgreSQL's errors are called here: the one table from SQLSTATE to a reason. */
public final class PostgresProblems {
  private static final int LONGEST = 500;
  private static final int OLDEST = 120_000;

  private PostgresProblems() {}

  /** The problem that an exception of the driver or of the pool is about. */
  public static Problem of(SQLException exception) {
    return of(exception, Redaction.of());
  }

  /** The same without the secrets that the server's words may quote. */
  static Problem of(SQLException exception, Redaction redaction) {
    SQLException origin = origin(exception);
    Reason reason = reason(origin.getSQLState());
    String message = Excerpt.ofFirstLine(redaction.of(messageOf(origin)), LONGEST);
    return switch (reason) {
      case StatementFailed ->
          new Problem(reason, message + " (SQLSTATE " + origin.getSQLState() + ")");
      case DatabaseUnreachable -> new Problem(reason, message + redaction.of(rootCause(origin)));
      default -> new Problem(reason, message);
    };
  }

  /** What is wrong with a server of this {@code server_version_num}, if it is too old. */
  static Optional<Problem> unsupported(int version) {
    return version >= OLDEST
        ? Optional.empty()
        : Optional.of(
            new Problem(
                Reason.ServerUnsupported,
                "PostgreSQL has version %d; version 12 or later is required"
                    .formatted(version / 10_000)));
  }

  /** Whether the server itself said it, rather than the driver when it missed the server. */
  public static boolean saidByServer(SQLException exception) {
    return origin(exception) instanceof PSQLException said && said.getServerErrorMessage() != null;
  }

  static Reason reason(@Nullable String state) {
    if (state == null || state.startsWith("08")) {
      return Reason.DatabaseUnreachable; // no state: the pool has waited in vain
    }
    return switch (state) {
      case "28P01", "28000" -> Reason.CredentialsRejected;
      case "3D000" -> Reason.DatabaseMissing;
      case "42501" -> Reason.DatabaseRefused;
      case "57014", "57P01" -> Reason.StatementKilled;
      case "57P02", "57P03", "53300" -> Reason.DatabaseUnreachable;
      default -> Reason.StatementFailed;
    };
  }

  /** The pool wraps what the driver threw. */
  private static SQLException origin(SQLException exception) {
    SQLException origin = exception;
    for (Throwable cause = exception.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException inner && inner.getSQLState() != null) {
        origin = inner;
      }
    }
    return origin;
  }

  /** The server's own sentence, without its detail, which quotes rows. */
  private static String messageOf(SQLException exception) {
    ServerErrorMessage said =
        exception instanceof PSQLException p ? p.getServerErrorMessage() : null;
    String message = said == null ? exception.getMessage() : said.getMessage();
    return message == null ? exception.getClass().getSimpleName() : message;
  }

  private static String rootCause(SQLException exception) {
    Throwable root = exception;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root == exception
        ? ""
        : Excerpt.ofFirstLine(
            " (%s: %s)".formatted(root.getClass().getSimpleName(), root.getMessage()), LONGEST);
  }
}
