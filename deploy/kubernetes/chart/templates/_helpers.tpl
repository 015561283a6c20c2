{{- define "jowa.volumeMounts" -}}
{{- if .Values.storage.claim }}
- name: jowa
  mountPath: {{ .Values.storage.path }}
{{- end }}
- name: shm
  mountPath: /dev/shm
- name: tmp
  mountPath: /tmp
- name: work-dir
  mountPath: /opt/spark/work-dir
- name: spark-local-dir-1
  mountPath: /var/data/spark
{{- end }}

{{- define "jowa.pod" -}}
podSecurityContext:
  runAsNonRoot: true
  runAsUser: 185
  fsGroup: 185
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  {{- include "jowa.volumeMounts" . | nindent 2 }}
{{- with .Values.environmentSecret }}
envFrom:
  - secretRef:
      name: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The spec of one application; takes the root and a job. */}}
{{- define "jowa.application" -}}
{{- $root := .root -}}
{{- $job := .job -}}
{{- $threads := ternary $root.Values.threads 1 $job.training -}}
{{- $gpus := and (or $job.training $job.gpus) (gt (int $root.Values.gpu.count) 0) -}}
type: Scala
mode: cluster
sparkVersion: {{ $root.Values.sparkVersion }}
image: {{ $root.Values.image }}
imagePullPolicy: {{ $root.Values.imagePullPolicy }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
mainClass: org.jowa.jobs.Main
mainApplicationFile: local:///opt/jowa/lib/jowa-{{ $root.Chart.AppVersion }}.jar
arguments:
  {{- range $job.arguments }}
  - {{ . | quote }}
  {{- end }}
  {{- if $job.training }}
  - "--ranks"
  - {{ $root.Values.ranks | quote }}
  - "--threads"
  - {{ $threads | quote }}
  {{- end }}
sparkConf:
  spark.driver.extraClassPath: /opt/jowa/lib/*
  spark.executor.extraClassPath: /opt/jowa/lib/*
  spark.task.cpus: {{ $threads | quote }}
  spark.dynamicAllocation.enabled: "false"
  {{- if $gpus }}
  spark.executor.resource.gpu.amount: {{ $root.Values.gpu.count | quote }}
  spark.executor.resource.gpu.vendor: {{ $root.Values.gpu.vendor }}
  spark.executor.resource.gpu.discoveryScript: {{ $root.Values.gpu.discoveryScript }}
  spark.task.resource.gpu.amount: {{ $root.Values.gpu.count | quote }}
  {{- end }}
  {{- with $root.Values.eventLog.dir }}
  spark.eventLog.enabled: "true"
  spark.eventLog.dir: {{ . }}
  spark.eventLog.compress: "true"
  {{- end }}
  {{- with $root.Values.sparkConf }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $root.Values.hadoopConfigMap }}
hadoopConfigMap: {{ . }}
{{- end }}
{{- with $root.Values.batchScheduler.scheduler }}
batchScheduler: {{ . }}
batchSchedulerOptions:
  {{- with $root.Values.batchScheduler.queue }}
  queue: {{ . }}
  {{- end }}
  {{- with $root.Values.batchScheduler.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
{{- end }}
restartPolicy:
  {{- if $job.training }}
  type: OnFailure
  onFailureRetries: 3
  onFailureRetryInterval: 60
  onSubmissionFailureRetries: 3
  onSubmissionFailureRetryInterval: 60
  {{- else }}
  type: Never
  {{- end }}
volumes:
  {{- with $root.Values.storage.claim }}
  - name: jowa
    persistentVolumeClaim:
      claimName: {{ . }}
  {{- end }}
  - name: shm
    emptyDir:
      medium: Memory
      sizeLimit: {{ $root.Values.shmSize }}
  - name: tmp
    emptyDir: {}
  - name: work-dir
    emptyDir: {}
  - name: spark-local-dir-1
    emptyDir:
      sizeLimit: {{ $root.Values.localDirSize }}
driver:
  cores: {{ $root.Values.driver.cores }}
  memory: {{ $root.Values.driver.memory }}
  memoryOverhead: {{ $root.Values.driver.memoryOverhead }}
  serviceAccount: {{ $root.Values.serviceAccount.name }}
  {{- include "jowa.pod" $root | nindent 2 }}
executor:
  instances: {{ $root.Values.ranks }}
  cores: {{ $threads }}
  memory: {{ $root.Values.executor.memory }}
  memoryOverhead: {{ $root.Values.executor.memoryOverhead }}
  {{- if $gpus }}
  gpu:
    name: {{ $root.Values.gpu.vendor }}/gpu
    quantity: {{ $root.Values.gpu.count }}
  {{- end }}
  {{- include "jowa.pod" $root | nindent 2 }}
{{- end }}
