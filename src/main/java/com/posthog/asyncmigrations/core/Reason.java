package com.posthog.asyncmigrations.core;

/**
 * The vocabulary: the same word is a condition's reason, an Event's reason, a field of the log and
 * a heading of the runbook. Once published, a word keeps its meaning.
 */
public enum Reason {
  // What a migration waits for before it starts.
  WaitingForStart,
  InstanceMissing,
  SecretMissing,
  SecretKeyMissing,
  CredentialsRejected,
  DatabaseMissing,
  DatabaseUnreachable,
  DatabaseRefused,
  KubernetesRefused,
  ServerUnsupported,
  WorkerMissing,
  WorkerAmbiguous,
  AutoscalerRefused,
  AnotherRuns,
  VersionTooOld,
  WaitingForDependency,
  RequirementUnknown,
  TakenByPostHog,
  // What a run waits for.
  LeaseHeldElsewhere,
  LedgerLost,
  InstanceChanged,
  LookingForStatement,
  WorkersNotReady,
  ApprovalPending,
  AutoContinueOff,
  Paused,
  // What is under way.
  Starting,
  Running,
  Stopping,
  RollingBack,
  Restoring,
  // Why something has ended, or was refused.
  Completed,
  NotRequired,
  Adopted,
  InvalidPlan,
  PlanChanged,
  ApprovalRejected,
  PrecheckFailed,
  ServiceVersionNotMet,
  VersionTooNew,
  StatementFailed,
  StatementTimedOut,
  StatementKilled,
  OutcomeUnknown,
  VerificationFailed,
  HealthcheckFailed,
  RollbackFailed,
  RestoreFailed,
  Irreversible,
  NothingToRollBack,
  ReverseWindowClosed,
  Stopped,
  RolledBack,
  // What people are told besides.
  Connected,
  SpecChangedDuringRun,
  RetryNonceIgnored,
  WorkersScaled,
  WorkersRestored,
  WorkersChangedByAnother,
  OperationCompleted,
  InternalError
}
