package com.posthog.asyncmigrations;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.posthog.asyncmigrations.core.decide.Pass;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
final class ArchitectureTest {
  private static final String ROOT = "com.posthog.asyncmigrations";
  private static final String[] KUBERNETES = {"io.fabric8..", "io.javaoperatorsdk.."};

  /** What the records of the API carry: annotations, and the class that resources are made of. */
  private static final DescribedPredicate<JavaClass> RESOURCE =
      resideInAnyPackage(
          "io.fabric8.generator.annotation..",
          "io.fabric8.crd.generator.annotation..",
          "io.fabric8.kubernetes.model.annotation..",
          "io.fabric8.kubernetes.api.model",
          "io.fabric8.kubernetes.client");

  private final JavaClasses production =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  @Test
  void coreIsPure() {
    classes()
        .that()
        .resideInAPackage(in("core"))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                in("core"),
                "java.lang..",
                "java.util..",
                "java.time..",
                "java.math..",
                "java.nio.charset..",
                "java.security..",
                "org.jspecify.."))
        .check(production);
  }

  @Test
  void coreIsToldTheTime() {
    noClasses()
        .that()
        .resideInAPackage(in("core"))
        .and()
        .doNotBelongToAnyOf(Pass.class)
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class)
        .check(production);
    noClasses()
        .that()
        .resideInAPackage(in("core"))
        .should()
        .callMethodWhere(
            target(nameMatching("now|currentTimeMillis|nanoTime"))
                .and(target(owner(resideInAnyPackage("java.time..", "java.lang")))))
        .check(production);
  }

  @Test
  void onlyTheEdgeKnowsKubernetes() {
    noClasses()
        .that(
            not(resideInAnyPackage(in("kubernetes"), in("cli"), in("api")))
                .and(not(belongToAnyOf(Wiring.class))))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(KUBERNETES)
        .check(production);
    noClasses()
        .that()
        .resideInAPackage(in("api"))
        .should()
        .dependOnClassesThat(resideInAnyPackage(KUBERNETES).and(not(RESOURCE)))
        .check(production);
  }

  @Test
  void databasesAreKnownToTheirAdapters() {
    noClasses()
        .that(not(resideInAnyPackage(in("postgres"), in("operation"), in("posthog"))))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..", "com.zaxxer..")
        .check(production);
    noClasses()
        .that(not(resideInAPackage(in("clickhouse"))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.clickhouse..")
        .check(production);
  }

  @Test
  void metricsAndHttpAreKnownToOnePackageEach() {
    noClasses()
        .that(not(resideInAPackage(in("telemetry"))))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", "io.prometheus..")
        .check(production);
    noClasses()
        .that(not(resideInAPackage(in("web"))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.eclipse.jetty..")
        .check(production);
  }

  @Test
  void packagesDoNotDependOnEachOtherInCircles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(production);
  }

  @Test
  void namesSayWhatTheyMean() {
    List<String> vague = List.of("util", "utils", "common", "helper", "manager", "impl");
    assertThat(new ClassFileImporter().importPackages(ROOT))
        .isNotEmpty()
        .allSatisfy(
            type -> {
              assertThat(Arrays.asList(type.getPackageName().split("\\.")))
                  .doesNotContainAnyElementsOf(vague);
              assertThat(type.getSimpleName())
                  .doesNotMatch(".*(Util|Utils|Common|Helper|Manager|Impl)");
            });
  }

  private static String in(String name) {
    return ROOT + "." + name + "..";
  }
}
