package com.posthog.asyncmigrations.core.plan;

/**
 * A table that was copied and its copy take each other's names, on every shard; or they do so
 * again, the other way round.
 *
 * @param backup what the table that was copied is called from then on
 */
public record ExchangeTables(TableCopy copy, String backup, boolean undo) implements Step {
  @Override
  public <R> R fold(Step.Cases<R> cases) {
    return cases.exchange(this);
  }

  @Override
  public boolean rests() {
    return true;
  }

  @Override
  public Step.Target on() {
    return Step.Target.EVERY_SHARD;
  }

  /** The identities of the tables tell how far it is. */
  @Override
  public OnUnknown onUnknown() {
    return OnUnknown.REPEAT;
  }
}
