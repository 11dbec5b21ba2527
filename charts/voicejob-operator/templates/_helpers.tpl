{{- define "voicejob.name" -}}
{{- regexReplaceAll "-+$" (default .Chart.Name .Values.nameOverride | trunc 50) "" -}}
{{- end -}}

{{- /* At most 50 characters: suffixes such as -store follow, and a Service's name has 63. */ -}}
{{- define "voicejob.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- regexReplaceAll "-+$" (.Values.fullnameOverride | trunc 50) "" -}}
{{- else if contains (include "voicejob.name" .) .Release.Name -}}
{{- regexReplaceAll "-+$" (.Release.Name | replace "." "-" | trunc 50) "" -}}
{{- else -}}
{{- regexReplaceAll "-+$" (printf "%s-%s" .Release.Name (include "voicejob.name" .) | replace "." "-" | trunc 50) "" -}}
{{- end -}}
{{- end -}}

{{- define "voicejob.selectorLabels" -}}
app.kubernetes.io/name: {{ include "voicejob.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- /* Of an object of that component; `more` are its own, which go before commonLabels. */ -}}
{{- define "voicejob.labels" -}}
{{- with merge dict (default dict .more) .root.Values.commonLabels }}
{{- toYaml . }}
{{ end }}
{{- /* what follows begins on a line of its own */ -}}
{{ include "voicejob.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* Not empty if the variables `env` have one of that `name`. */ -}}
{{- define "voicejob.hasVariable" -}}
{{- range .env -}}
{{- if eq .name $.name -}}
true
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "voicejob.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "voicejob.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.create is false: name the ServiceAccount to use in serviceAccount.name" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* An image's name, from the registry of all images where there is one: root, image, tag. */ -}}
{{- define "voicejob.imageName" -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.global.imageRegistry -}}
{{- $host := splitList "/" $repository | first -}}
{{- if and (contains "/" $repository) (or (contains "." $host) (contains ":" $host) (eq $host "localhost")) -}}
{{- $repository = trimPrefix (printf "%s/" $host) $repository -}}
{{- end -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $repository -}}
{{- end -}}
{{- if .image.digest -}}
{{ $repository }}@{{ .image.digest }}
{{- else -}}
{{ $repository }}:{{ default .tag .image.tag }}
{{- end -}}
{{- end -}}

{{- /* Resources of a container as the operator reads them, with fractions such as 0.5 as strings. */ -}}
{{- define "voicejob.resourcesOf" -}}
{{- $read := dict -}}
{{- range $part, $named := . -}}
{{- $quantities := dict -}}
{{- range $name, $quantity := $named -}}
{{- $isFraction := and (kindIs "float64" $quantity) (ne (toString $quantity) (floor $quantity | toString)) -}}
{{- $_ := set $quantities $name (ternary (toString $quantity) $quantity $isFraction) -}}
{{- end -}}
{{- $_ := set $read $part $quantities -}}
{{- end -}}
{{- toJson $read -}}
{{- end -}}

{{- define "voicejob.image" -}}
{{ include "voicejob.imageName" (dict "root" . "image" .Values.image "tag" .Chart.AppVersion) }}
{{- end -}}

{{- define "voicejob.workerImage" -}}
{{ include "voicejob.imageName" (dict "root" . "image" .Values.worker.image "tag" (printf "%s-piper" .Chart.AppVersion)) }}
{{- end -}}

{{- define "voicejob.workerGpuImage" -}}
{{ include "voicejob.imageName" (dict "root" . "image" .Values.worker.gpu.image "tag" (printf "%s-%s" .Chart.AppVersion .Values.worker.gpu.flavour)) }}
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

{{/* Spread constraints, each with the pods of its own component where it names none: a constraint
without a selector counts no pod. */}}
{{- define "voicejob.spread" -}}
{{- $labels := include "voicejob.selectorLabels" (dict "root" .root "component" .component) -}}
{{- $selected := list -}}
{{- range .constraints -}}
{{- $own := dict "labelSelector" (dict "matchLabels" (fromYaml $labels)) -}}
{{- $selected = append $selected (hasKey . "labelSelector" | ternary . (merge $own (deepCopy .))) -}}
{{- end -}}
{{- toYaml $selected -}}
{{- end }}
