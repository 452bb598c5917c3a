package com.posthog.asyncmigrations.quickstart;

import com.posthog.asyncmigrations.api.AsyncMigrationStatus;
import com.posthog.asyncmigrations.api.AsyncMigrationStatus.OperationStatus;
import com.posthog.asyncmigrations.api.ConditionStatus;
import com.posthog.asyncmigrations.embedded.Engine;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How far something is, in one line. */
final class ProgressLine {
  private static final int WIDTH = 16;
  private static final long MEGABYTE = 1_000_000;

  private static final String RUNNING = "Running";
  private static final List<String> WAITING = List.of("Reconciling", "Stalled");

  private final Glyphs glyphs;

  ProgressLine(Glyphs glyphs) {
    this.glyphs = glyphs;
  }

  /** A migration, with everything that moves; nothing is known before the operator has seen it. */
  String live(Optional<AsyncMigrationStatus> status, Instant now) {
    return bar(status.map(ProgressLine::percent).orElse(0)) + figures(status, now);
  }

  /** The same without the bar. */
  String figures(Optional<AsyncMigrationStatus> status, Instant now) {
    return plain(status)
        + status
            .filter(known -> RUNNING.equals(known.phase()))
            .map(known -> rows(known) + speed(known) + left(known, now))
            .orElse("");
  }

  /** A migration, with what changes now and then only. */
  String plain(Optional<AsyncMigrationStatus> status) {
    return status
        .filter(known -> known.phase() != null)
        .map(ProgressLine::known)
        .orElse("  0%  waiting for the operator");
  }

  private static String known(AsyncMigrationStatus status) {
    String operation = operation(status);
    return "%3d%%  %s%s"
        .formatted(
            percent(status), status.phase(), operation.isEmpty() ? waitsFor(status) : operation);
  }

  /** Why nothing is done yet. */
  private static String waitsFor(AsyncMigrationStatus status) {
    return Optional.ofNullable(status.conditions()).orElse(List.of()).stream()
        .filter(condition -> WAITING.contains(condition.type()))
        .filter(condition -> condition.status() == ConditionStatus.Value.True)
        .map(condition -> ": " + condition.message())
        .findFirst()
        .orElse("");
  }

  /** A migration that has ended. */
  String end(AsyncMigrationStatus status) {
    String operations =
        status.operationsTotal() == null ? "" : ", " + status.operationsTotal() + " operations";
    return "%s%3d%%  %s%s"
        .formatted(bar(percent(status)), percent(status), status.phase(), operations);
  }

  /** A download. */
  String download(Engine.Progress progress) {
    int percent = (int) (100 * progress.bytes() / progress.total());
    return "%s%3d%%  %s: %d of %d MB"
        .formatted(
            bar(percent),
            percent,
            progress.name(),
            progress.bytes() / MEGABYTE,
            progress.total() / MEGABYTE);
  }

  /** Rows that are being written. */
  String fill(long rows, long total) {
    int percent = (int) (100 * rows / total);
    return "%s%3d%%  filling events: %s of %s rows"
        .formatted(bar(percent), percent, number(rows), number(total));
  }

  /** A number as people read it, the same everywhere. */
  static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private String bar(int percent) {
    return glyphs.bar(percent, WIDTH) + " ";
  }

  private static int percent(AsyncMigrationStatus status) {
    return status.progress() == null ? 0 : status.progress();
  }

  private static String operation(AsyncMigrationStatus status) {
    if (status.currentOperation() == null || status.operationsTotal() == null) {
      return "";
    }
    return "  %d/%d %s"
        .formatted(
            status.currentOperationIndex() + 1,
            status.operationsTotal(),
            status.currentOperation());
  }

  /** Those of the operation under way. */
  private static String rows(AsyncMigrationStatus status) {
    return Optional.ofNullable(status.operations()).orElse(List.of()).stream()
        .filter(operation -> operation.name().equals(status.currentOperation()))
        .map(OperationStatus::rows)
        .filter(rows -> rows != null && rows > 0)
        .map(rows -> "  " + number(rows) + " rows")
        .findFirst()
        .orElse("");
  }

  private static String speed(AsyncMigrationStatus status) {
    return status.throughput() == null ? "" : ", " + number(status.throughput()) + " a second";
  }

  /** Until the operation under way will have ended. */
  private static String left(AsyncMigrationStatus status, Instant now) {
    if (status.eta() == null) {
      return "";
    }
    Duration left = Duration.between(now, status.eta());
    return left.toMillis() < 1_000
        ? ", almost done"
        : ", %s left"
            .formatted(left.toMinutes() < 2 ? left.toSeconds() + " s" : left.toMinutes() + " min");
  }
}
