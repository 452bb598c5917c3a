package com.posthog.asyncmigrations.clickhouse;

import com.clickhouse.client.api.ServerException;
import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** What ClickHouse's error codes and a connection's failures mean, in one table each. */
public final class ClickHouseProblems {
  /** A table, or a view, has another name now, or none. */
  public static final int UNKNOWN_TABLE = 60;

  /** A second statement with the id of one that runs was refused. */
  static final int ID_IS_RUNNING = 216;

  /** A setting that this version has not. */
  static final int UNKNOWN_SETTING = 115;

  /** For example of SYSTEM STOP MERGES, and tried again after SYSTEM START MERGES. */
  private static final int ABORTED = 236;

  private static final Pattern CODE = Pattern.compile("Code: (\\d{1,9})\\b");

  private static final int LONGEST = 500;

  private static final Pattern ANSWER =
      Pattern.compile(
          "(?:Code: )?(?:\\d+\\. )?(?:DB::Exception: )?(?<message>.*?)\\s*"
              + "(?:\\((?<name>[A-Z][A-Z0-9_]+)\\)\\s*)?(?:\\(version [^()]*(?:\\([^()]*\\))?\\))?\\s*"
              + "(?:\\(queryId= .*\\))?\\s*",
          Pattern.DOTALL);

  private ClickHouseProblems() {}

  /** A server's answer: its code, and its message as the server or its log has it. */
  public static Problem answered(int code, String text) {
    Matcher answer = ANSWER.matcher(text);
    String message = answer.matches() ? answer.group("message") : text;
    String name = answer.matches() ? answer.group("name") : null;
    String line = message.lines().findFirst().orElse("");
    String whole = "code " + code + (name == null ? "" : " (" + name + ")") + ": " + line;
    return new Problem(reason(code), Excerpt.of(whole, LONGEST), Optional.of(code));
  }

  /**
   * What a server says that it fails of again and again, which begins with its code; empty for what
   * was only interrupted.
   */
  static Optional<Problem> logged(String text) {
    Matcher matcher = CODE.matcher(text);
    int code = matcher.lookingAt() ? Integer.parseInt(matcher.group(1)) : 0;
    return code == ABORTED ? Optional.empty() : Optional.of(answered(code, text));
  }

  /**
   * A failure to speak with the server at this address. Its own words, since a driver's may say
   * more than they should.
   */
  public static Problem unreachable(String address, Throwable failure) {
    return new Problem(
        Reason.DatabaseUnreachable, "ClickHouse at " + address + " " + what(failure));
  }

  private static Reason reason(int code) {
    return switch (code) {
      case 516, 193, 192 -> Reason.CredentialsRejected;
      case 81 -> Reason.DatabaseMissing;
      case 497 -> Reason.DatabaseRefused;
      case 394 -> Reason.StatementKilled;
      case 159, 160 -> Reason.StatementTimedOut; // 160: its estimate is beyond max_execution_time
      case 241 -> Reason.OutOfMemory;
      case 252 -> Reason.TooManyParts;
      case 243 -> Reason.DiskFull;
      default -> Reason.StatementFailed;
    };
  }

  private static String what(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ServerException) {
        return "was answered for by something that is not ClickHouse";
      }
      if (cause instanceof UnknownHostException) {
        return "is a host that nobody knows";
      }
      if (cause instanceof SocketTimeoutException) {
        return "did not answer in time";
      }
      if (cause instanceof NoRouteToHostException) {
        return "cannot be reached from here: no route";
      }
      if (cause instanceof ConnectException) {
        return "refused the connection";
      }
      if (cause instanceof SSLException) {
        return "does not speak TLS as this side does, or its certificate is not trusted";
      }
    }
    return "closed the connection before it had answered";
  }
}
