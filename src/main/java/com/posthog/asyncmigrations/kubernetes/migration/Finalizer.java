package com.posthog.asyncmigrations.kubernetes.migration;

import com.posthog.asyncmigrations.api.ApiGroup;

/** Keeps a resource from being deleted before everything that its run changed is put back. */
interface Finalizer {
  /** As it is called in the resource. */
  String NAME = ApiGroup.NAME + "/run";

  /** Whether the resource has it. */
  boolean present();

  void add();

  void remove();
}
