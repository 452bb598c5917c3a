package com.posthog.asyncmigrations.kubernetes.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LeaseWaitersTest {
  private final LeaseWaiters waiters = new LeaseWaiters();
  private final List<String> woken = new ArrayList<>();

  @Test
  void whoeverWaitsForAScopeIsWokenOnceInItsOrder() {
    waits("scope", "b");
    waits("scope", "a");
    waits("scope", "b");
    waits("another scope", "c");

    waiters.freed("scope");
    waiters.freed("scope");

    assertThat(woken).containsExactly("b", "a");
  }

  @Test
  void whoWaitsAgainWhileBeingWokenIsKept() {
    waiters.waits("scope", "a", () -> waits("scope", "again"));

    waiters.freed("scope");
    waiters.freed("scope");

    assertThat(woken).containsExactly("again");
  }

  private void waits(String scope, String uid) {
    waiters.waits(scope, uid, () -> woken.add(uid));
  }
}
