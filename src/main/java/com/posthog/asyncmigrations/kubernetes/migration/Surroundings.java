package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.kubernetes.worker.WorkerDeployment;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a migration's world needs beside its databases.
 *
 * @param workers finds and scales the worker
 * @param leavings removes the Jobs that a run has left, and takes back what PostHog was told of it
 * @param finalizer keeps the resource while its run is under way
 * @param workerTrouble why a run that began now would not find its worker; costs nothing
 * @param nextRunId the id of a run that would start now
 * @param wake called when a step has ended
 */
record Surroundings(
    WorkerDeployment workers,
    Runnable leavings,
    Finalizer finalizer,
    Supplier<Optional<Problem>> workerTrouble,
    String nextRunId,
    Runnable wake) {}
