package com.posthog.asyncmigrations.operation.items;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.posthog.asyncmigrations.core.Credentials;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;
import com.posthog.asyncmigrations.core.decide.Intent;
import com.posthog.asyncmigrations.core.decide.LeaseView;
import com.posthog.asyncmigrations.core.plan.Step;
import com.posthog.asyncmigrations.embedded.PostgresProcess;
import com.posthog.asyncmigrations.embedded.SharedPostgres;
import com.posthog.asyncmigrations.operation.Flights;
import com.posthog.asyncmigrations.operation.Recognition;
import com.posthog.asyncmigrations.operation.sql.PostgresQuestion;
import com.posthog.asyncmigrations.postgres.Backends;
import com.posthog.asyncmigrations.postgres.Items;
import com.posthog.asyncmigrations.postgres.ManualClock;
import com.posthog.asyncmigrations.postgres.PostgresDatabase;
import com.posthog.asyncmigrations.postgres.Records;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedPostgres.class)
class PostgresItemsIT {
  private static final Intent INTENT = Records.intent(1, 1);
  private static final Step.ListItems LIST =
      new Step.ListItems(Step.DatabaseKind.POSTGRESQL, "SELECT 1", Map.of(), List.of("n"));

  private final ManualClock clock = new ManualClock();

  @Test
  void aListThatCouldNotBeKeptIsAskedForAgain(SharedPostgres.Fresh postgres) {
    try (Flights flights = new Flights(1, clock);
        PostgresDatabase away =
            new PostgresDatabase(
                "127.0.0.1", 1, "any", "prefer", new Credentials(PostgresProcess.USER, "any"))) {
      PostgresDatabase asked = postgres.open();
      PostgresQuestion question =
          new PostgresQuestion(
              asked, new Backends(asked, clock), flights, new Recognition(flights, clock));
      PostgresItems items = new PostgresItems(question, new Items(away), Records.KEY);

      items.submit(INTENT, LIST, () -> {});
      await()
          .until(
              () ->
                  flights
                      .stateOf(INTENT.effectId())
                      .filter(s -> !(s instanceof Flights.State.InFlight))
                      .isPresent());
      clock.advance(Recognition.ON_ITS_WAY);

      EffectView view =
          await()
              .until(
                  () -> items.observe(INTENT, LIST, new LeaseView.Held(1, Instant.EPOCH)),
                  v -> !(v instanceof EffectView.Running));
      assertThat(view).isInstanceOf(EffectView.Unknown.class);
      assertThat(((EffectView.Unknown) view).why().reason()).isEqualTo(Reason.OutcomeUnknown);
    }
  }
}
