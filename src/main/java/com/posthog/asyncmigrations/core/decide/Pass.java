package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.decide.PhaseTable.Choice;
import java.time.Clock;

/**
 * One pass of the reconciler: read what is remembered, look at the world, decide, and do one thing.
 * It is the same for the real world and for the simulated one.
 */
public final class Pass {
  private final Ledger ledger;
  private final StatusBoard status;
  private final World world;
  private final Clock clock;

  /** A pass over these parts. */
  public Pass(Ledger ledger, StatusBoard status, World world, Clock clock) {
    this.ledger = ledger;
    this.status = status;
    this.world = world;
    this.clock = clock;
  }

  /** What is remembered of the migration, durably. */
  public interface Ledger {
    /** The newest record; {@link Recorded#NOTHING} for a migration that nobody has touched. */
    Recorded read();

    /**
     * Writes the next record in the place of the one that was read; throws when that is not the
     * newest any more, or when the lease was lost.
     */
    void write(Recorded before, Recorded next);
  }

  /** The resource's status, where people read what is remembered. */
  public interface StatusBoard {
    /** The revision of the record that it shows. */
    long revision();

    /** Shows a record and what is done now; throws when somebody else has written meanwhile. */
    void publish(Recorded recorded, Choice choice);
  }

  /** Databases and workers. */
  public interface World {
    /** Looks at what the decision needs; changes nothing. */
    Observed observe(Desired desired, Recorded recorded);

    /** Does one thing, if this process still may. */
    void perform(Effect effect, Recorded recorded);
  }

  /**
   * Does one pass. Nothing is done to the world before both the ledger and the status say so, so
   * that whoever comes after a crash knows where to look.
   */
  public Choice run(Desired desired) {
    Recorded recorded = ledger.read();
    Observed observed = world.observe(desired, recorded);
    Choice choice = PhaseTable.choose(desired, recorded, observed, clock.instant());
    return choice
        .decision()
        .fold(
            new Decision.Cases<>() {
              @Override
              public Choice hold(Decision.Hold hold) {
                status.publish(recorded, choice);
                return choice;
              }

              @Override
              public Choice write(Decision.Write write) {
                ledger.write(recorded, write.next());
                status.publish(write.next(), choice);
                return choice;
              }

              @Override
              public Choice perform(Decision.Perform perform) {
                if (status.revision() < recorded.revision()) {
                  status.publish(
                      recorded, choice); // a crash came between the two writes; act next time
                } else {
                  world.perform(perform.effect(), recorded);
                }
                return choice;
              }
            });
  }
}
