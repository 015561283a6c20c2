package org.jowa.it;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;

/** The arrows between modules go one way: emulator, data, model, jobs. */
@AnalyzeClasses(packages = "org.jowa", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String SPARK = "org.apache.spark..";
  private static final String[] TORCH = {"org.bytedeco.pytorch..", "ai.djl.."};

  @ArchTest
  static final ArchRule EMULATOR_KNOWS_NOTHING_ABOVE_IT =
      noClasses()
          .that()
          .resideInAPackage("org.jowa.env..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.jowa.data..", "org.jowa.model..", "org.jowa.jobs..", SPARK);

  @ArchTest
  static final ArchRule DATA_KNOWS_NEITHER_MODEL_NOR_JOBS_NOR_SPARK =
      noClasses()
          .that()
          .resideInAPackage("org.jowa.data..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.jowa.model..", "org.jowa.jobs..", SPARK);

  @ArchTest
  static final ArchRule MODEL_KNOWS_NEITHER_JOBS_NOR_SPARK =
      noClasses()
          .that()
          .resideInAPackage("org.jowa.model..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.jowa.jobs..", SPARK);

  @ArchTest
  static final ArchRule EMULATOR_AND_DATA_NEED_NO_TORCH =
      noClasses()
          .that()
          .resideInAnyPackage("org.jowa.env..", "org.jowa.data..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(TORCH);

  @ArchTest
  static final ArchRule COMMAND_LINE_IS_CHECKED_WITHOUT_SPARK =
      noClasses()
          .that()
          .resideInAnyPackage("org.jowa.jobs.cli..", "org.jowa.jobs.config..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(SPARK);

  @ArchTest
  static final ArchRule PACKAGES_FORM_NO_CIRCLE =
      slices().matching("org.jowa.(**)").should().beFreeOfCycles();

  /**
   * Classes of a package that know each other. Whoever dissolves a circle takes it out; a new one
   * needs a reason, as these have: two halves of one thing, or an interface that makes its kinds.
   */
  private static final Set<Set<String>> CIRCLES =
      Set.of(
          Set.of("Diagnosis", "Verdict"),
          Set.of("DiagnosisSection", "RunContents"),
          Set.of("RunFolder", "RunStatus"),
          Set.of("FreeRun", "ModelDiagnosis"),
          Set.of(
              "BeamSearch",
              "BehaviourPlanner",
              "ImaginedSearch",
              "GreedyPlanner",
              "Imagination",
              "MonteCarloTreeSearch",
              "Planner",
              "PlannerSettings",
              "SpeculationChoice"),
          Set.of("Critic", "DecoderWeights"),
          Set.of("Convolutions", "ShorterConvolution", "TrustedConvolution"),
          Set.of(
              "FrameTokenizer",
              "PatchTokenizer",
              "Tokenizer",
              "TokenizerForGame",
              "TokenizerPasses",
              "TokenizerStages"),
          Set.of("Compute", "FastPath", "TrustedProducts"),
          Set.of("Device", "Slab"),
          Set.of("StepScope", "Tensors"));

  @ArchTest
  static void classesOfAPackageFormNoCircleButThoseListed(JavaClasses classes) {
    assertThat(Circles.of(classes)).containsExactlyInAnyOrderElementsOf(CIRCLES);
  }

  /** Class initialisation could load JavaCPP's own libtorch beside DJL's, and the JVM aborts. */
  @ArchTest
  static final ArchRule NO_STATIC_FIELD_HOLDS_A_NATIVE_OBJECT =
      noFields().that().areStatic().should().haveRawType(assignableTo(Pointer.class));

  @ArchTest
  static final ArchRule LOGGERS_ARE_CONSTANTS =
      fields()
          .that()
          .haveRawType("org.slf4j.Logger")
          .should()
          .beStatic()
          .andShould()
          .bePrivate()
          .andShould()
          .beFinal();
}
