package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.core.decide.WorkerSize;
import com.posthog.asyncmigrations.core.decide.Workers;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A recorded Deployment beside the one that is there: which parts are whose. */
final class Comparison {
  private final Workers workers;
  private final Reading reading;
  private final WorkerSize now;

  Comparison(Workers workers, Reading reading) {
    this.workers = workers;
    this.reading = reading;
    this.now = reading.size();
  }

  /** What the run has still to set: the parts that have their original value. */
  Map<Part, Optional<String>> toSet() {
    Map<Part, Optional<String>> values = new EnumMap<>(Part.class);
    for (Part part : changed()) {
      if (reading.has(part) && Part.same(part.of(now), part.of(workers.original()))) {
        values.put(part, part.of(workers.applied()));
      }
    }
    return values;
  }

  /** What can be put back: the parts that have the run's value. */
  Map<Part, Optional<String>> toPutBack() {
    Map<Part, Optional<String>> values = new EnumMap<>(Part.class);
    for (Part part : changed()) {
      if (isOurs(part)) {
        values.put(part, part.of(workers.original()));
      }
    }
    if (limitWouldBeBelowRequest(values)) {
      values.remove(Part.CPU_LIMIT);
    }
    return values;
  }

  /** A sentence for each part that another hand changed. */
  List<String> leftAlone() {
    List<String> sentences = new ArrayList<>();
    Map<Part, Optional<String>> toPutBack = toPutBack();
    for (Part part : changed()) {
      boolean original = Part.same(part.of(now), part.of(workers.original()));
      if (!reading.has(part)) {
        sentences.add(part.nameIn(workers) + ": no longer there, so not put back");
      } else if (isOurs(part) && !toPutBack.containsKey(part)) {
        sentences.add(
            part.nameIn(workers)
                + " stays "
                + show(part.of(now))
                + ": the request is "
                + show(now.cpuRequest())
                + " by now, and the limit cannot be lower");
      } else if (!isOurs(part) && !original) {
        sentences.add(differs(part));
      }
    }
    return sentences;
  }

  private String differs(Part part) {
    boolean many = part == Part.REPLICAS;
    return part.nameIn(workers)
        + (many ? " are " : " is ")
        + show(part.of(now))
        + ", not the "
        + show(part.of(workers.applied()))
        + " that the run had set: left as "
        + (many ? "they are" : "it is");
  }

  private boolean isOurs(Part part) {
    return reading.has(part) && Part.same(part.of(now), part.of(workers.applied()));
  }

  private boolean limitWouldBeBelowRequest(Map<Part, Optional<String>> values) {
    Optional<String> limit = values.getOrDefault(Part.CPU_LIMIT, Optional.empty());
    Optional<String> request = values.getOrDefault(Part.CPU_REQUEST, now.cpuRequest());
    return limit.flatMap(l -> request.map(r -> Part.less(l, r))).orElse(false);
  }

  private List<Part> changed() {
    return List.of(Part.values()).stream()
        .filter(part -> part.of(workers.applied()).isPresent())
        .filter(part -> !Part.same(part.of(workers.original()), part.of(workers.applied())))
        .toList();
  }

  private static String show(Optional<String> value) {
    return value.orElse("unset");
  }
}
