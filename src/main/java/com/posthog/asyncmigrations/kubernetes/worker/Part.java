package com.posthog.asyncmigrations.kubernetes.worker;

import com.posthog.asyncmigrations.core.decide.WorkerSize;
import com.posthog.asyncmigrations.core.decide.Workers;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.Optional;

/** One figure of a {@link WorkerSize}. All of them are quantities, a count being a whole one. */
enum Part {
  REPLICAS,
  AUTOSCALER_MINIMUM,
  CPU_REQUEST,
  CPU_LIMIT;

  Optional<String> of(WorkerSize size) {
    return switch (this) {
      case REPLICAS -> size.replicas().map(String::valueOf);
      case AUTOSCALER_MINIMUM -> size.autoscalerMinimum().map(String::valueOf);
      case CPU_REQUEST -> size.cpuRequest();
      case CPU_LIMIT -> size.cpuLimit();
    };
  }

  String nameIn(Workers workers) {
    return switch (this) {
      case REPLICAS -> "replicas of " + workers.deployment();
      case AUTOSCALER_MINIMUM -> "minimum of autoscaler " + workers.autoscaler().orElse("?");
      case CPU_REQUEST -> "CPU request of " + container(workers);
      case CPU_LIMIT -> "CPU limit of " + container(workers);
    };
  }

  /** Whether two values are the same amount, however they are written. */
  static boolean same(Optional<String> one, Optional<String> other) {
    return one.isPresent() == other.isPresent()
        && one.flatMap(a -> other.map(b -> amount(a).compareTo(amount(b)) == 0)).orElse(true);
  }

  static boolean less(String one, String other) {
    return amount(one).compareTo(amount(other)) < 0;
  }

  private static BigDecimal amount(String quantity) {
    return Quantity.parse(quantity).getNumericalAmount();
  }

  private static String container(Workers workers) {
    return "container " + workers.container() + " of " + workers.deployment();
  }
}
