package com.posthog.asyncmigrations.kubernetes.watch;

import com.posthog.asyncmigrations.core.Problem;
import com.posthog.asyncmigrations.core.ProblemException;
import com.posthog.asyncmigrations.core.Reason;
import com.posthog.asyncmigrations.kubernetes.KubernetesProblems;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Copies of the resources of one kind that instances refer to. Each selection is listed when it is
 * first used and watched from then on, for as long as an instance uses it: reading it again costs
 * nothing, and a change wakes the instance.
 *
 * @param <T> the kind
 */
public final class Copies<T extends HasMetadata> implements AutoCloseable {
  private static final long FIRST_ANSWER_SECONDS = 5;

  private final Function<Selection, Informable<T>> source;
  private final Function<T, Object> essence;
  private final Consumer<ResourceID> changed;
  private final Map<Selection, Kept> kept = new HashMap<>();

  /**
   * Copies of what this source has.
   *
   * @param essence the part of a resource whose change is of interest
   * @param changed called with the instance that uses what has changed; from another thread
   */
  public Copies(
      Function<Selection, Informable<T>> source,
      Function<T, Object> essence,
      Consumer<ResourceID> changed) {
    this.source = source;
    this.essence = essence;
    this.changed = changed;
  }

  private final class Kept implements ResourceEventHandler<T> {
    private final Set<ResourceID> owners = new HashSet<>();
    private final SharedIndexInformer<T> informer;
    private final CompletableFuture<Void> refused = new CompletableFuture<>();
    private final CompletableFuture<Object> answered;
    private volatile Optional<Throwable> trouble = Optional.empty();

    Kept(Selection selection) {
      informer =
          source
              .apply(selection)
              .runnableInformer(0)
              .addEventHandler(this)
              .exceptionHandler(
                  (started, fault) -> {
                    trouble = Optional.of(fault);
                    refused.complete(null);
                    return true; // tried again, at growing distances
                  });
      CompletableFuture<Void> listed = informer.start().toCompletableFuture();
      answered = CompletableFuture.anyOf(refused, listed);
    }

    @Override
    public void onAdd(T fresh) {
      tell();
    }

    @Override
    public void onUpdate(T before, T now) {
      if (!Objects.equals(essence.apply(before), essence.apply(now))) {
        tell();
      }
    }

    @Override
    public void onDelete(T gone, boolean unknown) {
      tell();
    }

    private void tell() {
      Set<ResourceID> concerned;
      synchronized (Copies.this) {
        concerned = Set.copyOf(owners);
      }
      concerned.forEach(changed);
    }

    List<T> list() {
      if (!informer.hasSynced()) {
        await();
      }
      if (!informer.hasSynced()) {
        throw new ProblemException(problem());
      }
      return informer.getStore().list();
    }

    private void await() {
      try {
        answered.get(FIRST_ANSWER_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException | ExecutionException unanswered) {
        throw new ProblemException(problem());
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
        throw new ProblemException(problem());
      }
    }

    private Problem problem() {
      for (Throwable fault = trouble.orElse(null); fault != null; fault = fault.getCause()) {
        if (fault instanceof KubernetesClientException refused) {
          return KubernetesProblems.of(refused);
        }
      }
      return new Problem(Reason.KubernetesRefused, "the API server has not answered yet");
    }
  }

  /**
   * What is selected now, as far as the API server has told.
   *
   * @param owner the instance that refers to it
   * @throws ProblemException when it could not be listed yet
   */
  public List<T> list(ResourceID owner, Selection selection) {
    Kept copies;
    synchronized (this) {
      copies = kept.computeIfAbsent(selection, Kept::new);
      copies.owners.add(owner);
    }
    return copies.list();
  }

  /** An instance refers to these selections, and to no others any more. */
  public synchronized void keep(ResourceID owner, Set<Selection> selections) {
    kept.forEach(
        (selection, copies) -> {
          if (!selections.contains(selection)) {
            copies.owners.remove(owner);
          }
        });
    kept.values()
        .removeIf(
            copies -> {
              boolean unused = copies.owners.isEmpty();
              if (unused) {
                copies.informer.stop();
              }
              return unused;
            });
  }

  /** Watches no more. */
  @Override
  public synchronized void close() {
    kept.values().forEach(copies -> copies.informer.stop());
    kept.clear();
  }
}
