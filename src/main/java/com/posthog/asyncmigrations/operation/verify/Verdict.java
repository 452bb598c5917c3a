package com.posthog.asyncmigrations.operation.verify;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.core.decide.EffectView;

/** What a verification that does not hold is reported as. */
final class Verdict {
  private Verdict() {}

  static EffectView failed(String message) {
    return new EffectView.Failed(new Problem(Reason.VerificationFailed, message));
  }
}
