package org.jowa.it.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Reads manifests as a strict API server would: kinds of Kubernetes by its object model, those of
 * the Spark operator ({@code sparkoperator.k8s.io/v1beta2}) by the fields of its resource
 * definition that we use. A field that is unknown, or of the wrong type, is an error.
 */
public final class Manifests {
  private static final ObjectMapper STRICT = strict();

  private static final Map<String, Class<?>> KINDS =
      Map.of(
          "ConfigMap", ConfigMap.class,
          "Pod", Pod.class,
          "Service", Service.class,
          "ServiceAccount", ServiceAccount.class,
          "Role", Role.class,
          "RoleBinding", RoleBinding.class,
          "Deployment", Deployment.class);

  private static final Set<String> SCHEDULED =
      Set.of(
          "schedule",
          "timeZone",
          "template",
          "suspend",
          "concurrencyPolicy",
          "successfulRunHistoryLimit",
          "failedRunHistoryLimit");

  private Manifests() {}

  /** Parts of an application that both its driver and its executors have. */
  static class PodSpec {
    public Integer cores;
    public String coreLimit;
    public String memory;
    public String memoryOverhead;
    public Gpu gpu;
    public String image;
    public Map<String, String> labels;
    public Map<String, String> annotations;
    public Map<String, String> nodeSelector;
    public List<Toleration> tolerations;
    public List<EnvFromSource> envFrom;
    public List<VolumeMount> volumeMounts;
    public PodSecurityContext podSecurityContext;
    public SecurityContext securityContext;
    public String serviceAccount;
    public String priorityClassName;
  }

  static final class ExecutorSpec extends PodSpec {
    public Integer instances;
    public Boolean deleteOnTermination;
  }

  static final class Gpu {
    public String name;
    public Long quantity;
  }

  static final class RestartPolicy {
    public String type;
    public Integer onSubmissionFailureRetries;
    public Integer onFailureRetries;
    public Long onSubmissionFailureRetryInterval;
    public Long onFailureRetryInterval;
  }

  static final class BatchSchedulerOptions {
    public String queue;
    public String priorityClassName;
  }

  /** The spec of a SparkApplication. */
  public static final class ApplicationSpec {
    public String type;
    public String mode;
    public String sparkVersion;
    public String image;
    public String imagePullPolicy;
    public List<String> imagePullSecrets;
    public String mainClass;
    public String mainApplicationFile;
    public List<String> arguments;
    public Map<String, String> sparkConf;
    public Map<String, String> hadoopConf;
    public String hadoopConfigMap;
    public String sparkConfigMap;
    public List<Volume> volumes;
    public PodSpec driver;
    public ExecutorSpec executor;
    public RestartPolicy restartPolicy;
    public Long timeToLiveSeconds;
    public String batchScheduler;
    public BatchSchedulerOptions batchSchedulerOptions;
  }

  private static ObjectMapper strict() {
    ObjectMapper mapper = new ObjectMapper();
    mapper.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    mapper.disable(MapperFeature.ALLOW_COERCION_OF_SCALARS);
    mapper.setAnnotationIntrospector(
        new JacksonAnnotationIntrospector() {
          @Override
          public Boolean hasAnySetter(Annotated member) {
            // The model would keep unknown fields silently.
            return false;
          }
        });
    return mapper;
  }

  /** The documents of a file of YAML, anchors resolved. */
  public static List<JsonNode> documents(String yaml) {
    Yaml reader = new Yaml(new SafeConstructor(new LoaderOptions()));
    List<JsonNode> documents = new ArrayList<>();
    for (Object document : reader.loadAll(yaml)) {
      if (document != null) {
        documents.add(STRICT.valueToTree(document));
      }
    }
    return documents;
  }

  /** Checks one document and returns the spec of its application, or null for another kind. */
  public static ApplicationSpec check(JsonNode document) {
    String kind = document.path("kind").asText();
    try {
      if (kind.equals("SparkApplication")) {
        assertThat(document.path("apiVersion").asText()).isEqualTo("sparkoperator.k8s.io/v1beta2");
        return application(document.path("spec"));
      }
      if (kind.equals("ScheduledSparkApplication")) {
        assertThat(document.path("apiVersion").asText()).isEqualTo("sparkoperator.k8s.io/v1beta2");
        JsonNode spec = document.path("spec");
        spec.fieldNames().forEachRemaining(field -> assertThat(SCHEDULED).contains(field));
        assertThat(spec.path("schedule").asText()).matches("(\\S+ ){4}\\S+");
        assertThat(spec.path("concurrencyPolicy").asText()).isIn("Allow", "Forbid", "Replace");
        return application(spec.path("template"));
      }
      assertThat(KINDS).containsKey(kind);
      STRICT.treeToValue(document, KINDS.get(kind));
      return null;
    } catch (IOException e) {
      throw new AssertionError("%s %s: %s".formatted(kind, document.at("/metadata/name"), e), e);
    }
  }

  private static ApplicationSpec application(JsonNode spec) throws IOException {
    ApplicationSpec application = STRICT.treeToValue(spec, ApplicationSpec.class);
    assertThat(application.type).isIn("Java", "Scala");
    assertThat(application.mode).isEqualTo("cluster");
    assertThat(application.sparkVersion).isNotBlank();
    assertThat(application.mainApplicationFile).startsWith("local:///opt/jowa/lib/jowa-");
    assertThat(application.driver).isNotNull();
    assertThat(application.executor).isNotNull();
    assertThat(application.restartPolicy.type).isIn("Never", "Always", "OnFailure");
    List<String> volumes = application.volumes.stream().map(Volume::getName).toList();
    for (PodSpec pod : List.of(application.driver, application.executor)) {
      assertThat(pod.volumeMounts).extracting(VolumeMount::getName).isSubsetOf(volumes);
      assertThat(pod.volumeMounts).extracting(VolumeMount::getMountPath).contains("/dev/shm");
      assertThat(pod.memoryOverhead).isNotBlank();
    }
    return application;
  }
}
