package com.posthog.asyncmigrations.core.plan;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A SHA-256 over fields with their lengths, so that no two plans that differ are alike. */
final class Fingerprint {
  private final MessageDigest digest;

  Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  Fingerprint add(String field) {
    byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
    digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
    digest.update(bytes);
    return this;
  }

  Fingerprint add(Map<String, String> fields) {
    add(Integer.toString(fields.size()));
    fields.forEach((name, value) -> add(name).add(value));
    return this;
  }

  Fingerprint add(Undo undo) {
    if (undo instanceof Undo.By by) {
      return add("by").add(by.steps());
    }
    return add(undo.irreversible() ? "irreversible" : "notNeeded");
  }

  Fingerprint add(List<Step> steps) {
    add(Integer.toString(steps.size()));
    steps.forEach(this::add);
    return this;
  }

  private Fingerprint add(Step step) {
    return step.fold(new Fields());
  }

  String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  private Fingerprint add(TableCopy copy) {
    return add(copy.source())
        .add(copy.target())
        .add(copy.columns())
        .add(String.join(",", copy.leaveOut()))
        .add(copy.live() + (copy.hardLinks() ? " HardLink" : ""));
  }

  /** What makes a step another one. */
  private final class Fields implements Step.Cases<Fingerprint> {
    @Override
    public Fingerprint clickHouse(Step.ClickHouseStatement s) {
      return add("clickhouse")
          .add(s.sql())
          .add(s.settings())
          .add(s.parameters())
          .add(s.onUnknown().name())
          .add(s.on().name());
    }

    @Override
    public Fingerprint postgres(Step.PostgresStatement s) {
      return add("postgresql")
          .add(s.sql())
          .add(s.settings())
          .add(s.parameters())
          .add(Boolean.toString(s.transactional()))
          .add(s.onUnknown().name());
    }

    @Override
    public Fingerprint batchUpdate(Step.BatchUpdate s) {
      return add("batchUpdate")
          .add(s.table())
          .add(String.join(",", s.key()))
          .add(s.sql())
          .add(s.parameters());
    }

    @Override
    public Fingerprint copy(CopyTable s) {
      return add("copyTable").add(s.copy()).add(Boolean.toString(s.undo()));
    }

    @Override
    public Fingerprint exchange(ExchangeTables s) {
      return add("exchangeTables").add(s.copy()).add(s.backup()).add(Boolean.toString(s.undo()));
    }

    @Override
    public Fingerprint copyFromPostgres(Step.CopyFromPostgres s) {
      return add("copyFromPostgres")
          .add(s.table())
          .add(String.join(",", s.key()))
          .add(s.columns())
          .add(s.where().orElse(""))
          .add(s.into())
          .add(s.parameters());
    }

    @Override
    public Fingerprint compare(Step.CompareTables s) {
      return add("tables")
          .add(s.source())
          .add(s.target())
          .add(String.join(",", s.columns()))
          .add(s.where().orElse(""))
          .add(s.parameters());
    }

    @Override
    public Fingerprint expect(Step.ExpectValue s) {
      return add("value")
          .add(s.database().name())
          .add(s.sql())
          .add(s.parameters())
          .add(s.expectation().describe());
    }

    @Override
    public Fingerprint list(Step.ListItems s) {
      return add("items")
          .add(s.database().name())
          .add(s.sql())
          .add(s.parameters())
          .add(String.join(",", s.columns()));
    }

    @Override
    public Fingerprint scale(Step.ScaleDeployment s) {
      return add("scale").add(s.deployment()).add(s.replicas().toString());
    }

    @Override
    public Fingerprint job(Step.RunJob s) {
      return add("job").add(s.template()).add(Integer.toString(s.retries()));
    }

    @Override
    public Fingerprint mutate(Step.Mutate s) {
      return add("mutation").add(s.table()).add(s.command()).add(s.settings()).add(s.parameters());
    }
  }
}
