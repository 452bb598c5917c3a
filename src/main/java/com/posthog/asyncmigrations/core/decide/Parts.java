package com.posthog.asyncmigrations.core.decide;

import com.posthog.asyncmigrations.core.Excerpt;
import com.posthog.asyncmigrations.core.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What is seen of the parts of a step, taken together. */
final class Parts {
  /** As the resource's status has it, in characters. */
  private static final int MOST_OUTPUT = 600;

  private final Intent intent;
  private final List<EffectView> views;

  private Parts(Intent intent, List<EffectView> views) {
    this.intent = intent;
    this.views = views;
  }

  /** The parts of this intent, where it has any. */
  static Optional<Parts> of(Optional<Intent> intent, EffectView seen) {
    return seen instanceof EffectView.Several several && intent.isPresent()
        ? Optional.of(new Parts(intent.get(), several.views()))
        : Optional.empty();
  }

  /** The intent with the ends that were seen since it was recorded. */
  Intent recorded() {
    return map(Part::seen);
  }

  /** The intent with those that look so taken over by who holds the lease now. */
  Intent under(long token, Class<? extends EffectView> look) {
    return map((part, view) -> look.isInstance(view) ? part.under(token) : part);
  }

  /** Those under this token that look so: of the others, some may run. */
  Intent those(long token, Class<? extends EffectView> look) {
    List<Part> some = new ArrayList<>();
    for (int i = 0; i < views.size(); i++) {
      if (look.isInstance(views.get(i)) && intent.parts().get(i).token() == token) {
        some.add(intent.parts().get(i));
      }
    }
    return intent.with(some);
  }

  /** Whether one has failed while others may go on. */
  boolean failing() {
    return firstFailed().isPresent() && intent.parts().stream().anyMatch(part -> !part.ended());
  }

  /** The first failure, with its server and those that have finished. */
  Optional<Problem> firstFailed() {
    String finished =
        intent.parts().stream()
            .filter(part -> part.state() == Part.State.FINISHED)
            .map(part -> part.node().target())
            .collect(Collectors.joining(", "));
    String beside = finished.isEmpty() ? "" : " (finished on " + finished + ")";
    return intent.parts().stream()
        .filter(part -> part.problem().isPresent())
        .findFirst()
        .map(part -> part.problem().get().at(server(part) + beside));
  }

  /**
   * All of them as one: what must not stay as it is comes first, then what never ran, because both
   * can be started at once, then what is not known, then what runs.
   *
   * @param stopping whether nothing is started any more
   */
  EffectView whole(boolean stopping) {
    if (any(EffectView.Unfinished.class)) {
      return new EffectView.Unfinished();
    }
    if (any(EffectView.NotRun.class) && (!stopping || all(EffectView.NotRun.class))) {
      return new EffectView.NotRun();
    }
    return first(EffectView.Looking.class)
        .or(this::running)
        .or(() -> firstFailed().map(EffectView.Failed::new))
        .or(() -> first(EffectView.Unknown.class))
        .or(() -> first(EffectView.Rested.class))
        .orElseGet(() -> new EffectView.Finished(rows(), output()));
  }

  private Optional<EffectView> running() {
    return any(EffectView.Running.class)
        ? Optional.of(
            new EffectView.Running(fraction(), rows(), waiting(), firstFailing(), firstQuery()))
        : Optional.empty();
  }

  /** Why they stand still, where all that run do. */
  private Optional<Problem> waiting() {
    List<Optional<Problem>> why =
        views.stream()
            .filter(EffectView.Running.class::isInstance)
            .map(view -> ((EffectView.Running) view).waiting())
            .toList();
    return why.stream().allMatch(Optional::isPresent) ? why.get(0) : Optional.empty();
  }

  /** The first that will not end by itself, with its server. */
  private Optional<Problem> firstFailing() {
    return IntStream.range(0, views.size())
        .boxed()
        .flatMap(
            i ->
                views.get(i) instanceof EffectView.Running running
                    ? running.failing().map(why -> why.at(server(intent.parts().get(i)))).stream()
                    : Stream.empty())
        .findFirst();
  }

  private Optional<String> firstQuery() {
    return views.stream()
        .filter(EffectView.Running.class::isInstance)
        .flatMap(view -> ((EffectView.Running) view).queryId().stream())
        .findFirst();
  }

  /** What they have said at their ends, with their servers where there are several. */
  private Optional<String> output() {
    List<String> said = new ArrayList<>();
    for (int i = 0; i < views.size(); i++) {
      String target = intent.parts().get(i).node().target();
      if (views.get(i) instanceof EffectView.Finished finished) {
        finished.output().map(o -> views.size() == 1 ? o : target + ": " + o).ifPresent(said::add);
      }
    }
    return Optional.of(String.join("\n", said))
        .filter(all -> !all.isEmpty())
        .map(all -> Excerpt.of(all, MOST_OUTPUT));
  }

  private static String server(Part part) {
    return "%s at %s".formatted(part.node().target(), part.node().address());
  }

  private double fraction() {
    return views.stream()
        .mapToDouble(
            view ->
                view instanceof EffectView.Running running
                    ? running.fraction()
                    : view instanceof EffectView.Finished ? 1 : 0)
        .average()
        .orElse(0);
  }

  private long rows() {
    return views.stream()
        .mapToLong(
            view ->
                view instanceof EffectView.Running running
                    ? running.rows()
                    : view instanceof EffectView.Finished finished ? finished.rows() : 0)
        .sum();
  }

  private boolean any(Class<? extends EffectView> kind) {
    return views.stream().anyMatch(kind::isInstance);
  }

  private boolean all(Class<? extends EffectView> kind) {
    return views.stream().allMatch(kind::isInstance);
  }

  private Optional<EffectView> first(Class<? extends EffectView> kind) {
    return views.stream().filter(kind::isInstance).findFirst();
  }

  private Intent map(BiFunction<Part, EffectView, Part> change) {
    return intent.with(
        IntStream.range(0, views.size())
            .mapToObj(i -> change.apply(intent.parts().get(i), views.get(i)))
            .toList());
  }
}
