{{- define "voicejob.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- /* At most 50 characters: suffixes such as -store follow, and a Service's name has 63. */ -}}
{{- define "voicejob.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "voicejob.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "voicejob.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "voicejob.selectorLabels" -}}
app.kubernetes.io/name: {{ include "voicejob.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "voicejob.labels" -}}
{{ include "voicejob.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "voicejob.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "voicejob.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.create is false: name the ServiceAccount to use in serviceAccount.name" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "voicejob.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}

{{- define "voicejob.workerImage" -}}
{{ .Values.worker.image.repository }}:{{ default (printf "%s-piper" .Chart.AppVersion) .Values.worker.image.tag }}
{{- end -}}

{{- define "voicejob.workerGpuImage" -}}
{{ .Values.worker.gpu.image.repository }}:{{ default (printf "%s-%s" .Chart.AppVersion .Values.worker.gpu.flavour) .Values.worker.gpu.image.tag }}
{{- end -}}

{{- define "voicejob.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "voicejob.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
