package com.posthog.asyncmigrations.core.plan;

/**
 * A table is copied into another one, each row once, on every shard; or what was copied is removed
 * again.
 */
public record CopyTable(TableCopy copy, boolean undo) implements Step {
  @Override
  public <R> R fold(Step.Cases<R> cases) {
    return cases.copy(this);
  }

  @Override
  public boolean rests() {
    return true;
  }

  @Override
  public Step.Target on() {
    return Step.Target.EVERY_SHARD;
  }

  /** The ledger of its chunks tells how far it is. */
  @Override
  public OnUnknown onUnknown() {
    return OnUnknown.REPEAT;
  }
}
