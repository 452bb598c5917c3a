/**
 * The worker Deployment: found, measured, given the size of a run and put back. Only its replicas
 * and one container's CPU figures are touched, or the minimum of its autoscaler; what another hand
 * changed is left alone.
 */
@NullMarked
package com.posthog.asyncmigrations.kubernetes.worker;

import org.jspecify.annotations.NullMarked;
