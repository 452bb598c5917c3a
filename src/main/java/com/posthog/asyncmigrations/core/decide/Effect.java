package com.posthog.asyncmigrations.core.decide;

/** What a pass may do to the world. Every one of them may be done again after a crash. */
public sealed interface Effect {

  /** Take the lease, if nobody else has it. */
  record TakeLease() implements Effect {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.takeLease(this);
    }
  }

  /** Give the lease back. */
  record GiveLeaseBack() implements Effect {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.giveLeaseBack(this);
    }
  }

  /** Start the step of the recorded intent. */
  record Submit(Intent intent) implements Effect {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.submit(this);
    }
  }

  /** End the step of the recorded intent on its server. */
  record Kill(Intent intent) implements Effect {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.kill(this);
    }
  }

  /** Ask the step of the recorded intent to end after the piece that is under way. */
  record Rest(Intent intent) implements Effect {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.rest(this);
    }
  }

  /** Give the worker Deployment the size of the run. */
  record ScaleWorkers(Workers workers) implements Effect {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.scaleWorkers(this);
    }
  }

  /** Give the worker Deployment back the size that it had. */
  record RestoreWorkers(Workers workers) implements Effect {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.restoreWorkers(this);
    }
  }

  /** Keep the resource from being deleted before its run has ended. */
  record AddFinalizer() implements Effect {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.addFinalizer(this);
    }
  }

  /** Let the resource be deleted. */
  record RemoveFinalizer() implements Effect {
    @Override
    public <R> R fold(Cases<R> cases) {
      return cases.removeFinalizer(this);
    }
  }

  /** One answer for each case. */
  <R> R fold(Cases<R> cases);

  /** What somebody does for each case. */
  interface Cases<R> {
    R takeLease(TakeLease effect);

    R giveLeaseBack(GiveLeaseBack effect);

    R submit(Submit effect);

    R kill(Kill effect);

    R rest(Rest effect);

    R scaleWorkers(ScaleWorkers effect);

    R restoreWorkers(RestoreWorkers effect);

    R addFinalizer(AddFinalizer effect);

    R removeFinalizer(RemoveFinalizer effect);
  }
}
