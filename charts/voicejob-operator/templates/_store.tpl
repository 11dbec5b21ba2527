{{- define "voicejob.storeName" -}}
{{ include "voicejob.fullname" . }}-store
{{- end -}}

{{- define "voicejob.storeEndpoint" -}}
{{- if .Values.store.embedded.enabled -}}
http://{{ include "voicejob.storeName" . }}.{{ .Release.Namespace }}.svc:7070
{{- else -}}
{{- .Values.store.external.endpoint -}}
{{- end -}}
{{- end -}}

{{- define "voicejob.signerName" -}}
{{ include "voicejob.fullname" . }}-signer
{{- end -}}

{{- define "voicejob.storeAddressing" -}}
{{- ternary "path" .Values.store.external.addressingStyle .Values.store.embedded.enabled -}}
{{- end -}}

{{- /* The Secret of the embedded store that the operator's pod makes; empty if it makes none. */ -}}
{{- define "voicejob.storeOwnKey" -}}
{{- if and .Values.store.embedded.enabled (not .Values.store.embedded.existingSecret) -}}
{{- /* The key's number is in the name: another number is another key, and both pods follow. */ -}}
{{ include "voicejob.storeName" . }}-key-{{ .Values.store.embedded.keyVersion | int64 }}
{{- end -}}
{{- end -}}

{{- /* The Secret with the store's credentials; empty for a role of the ServiceAccount or the node. */ -}}
{{- define "voicejob.storeSecret" -}}
{{- if .Values.store.embedded.enabled -}}
{{- default (include "voicejob.storeOwnKey" .) .Values.store.embedded.existingSecret -}}
{{- else -}}
{{- .Values.store.external.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "voicejob.storeAccessKeyIdKey" -}}
{{- ternary "AWS_ACCESS_KEY_ID" .Values.store.external.accessKeyIdKey .Values.store.embedded.enabled -}}
{{- end -}}

{{- define "voicejob.storeSecretAccessKeyKey" -}}
{{- ternary "AWS_SECRET_ACCESS_KEY" .Values.store.external.secretAccessKeyKey .Values.store.embedded.enabled -}}
{{- end -}}

{{- define "voicejob.storeCredentialsDir" -}}
/var/run/voicejob/store
{{- end -}}

{{- /* Of the operator's container. */ -}}
{{- define "voicejob.storeEnvironment" -}}
- name: VOICEJOB_OPERATOR_STORE__ENDPOINT
  value: {{ include "voicejob.storeEndpoint" . | quote }}
- name: VOICEJOB_OPERATOR_STORE__ADDRESSING_STYLE
  value: {{ include "voicejob.storeAddressing" . }}
- name: VOICEJOB_OPERATOR_STORE__REGION
  value: {{ .Values.store.region | quote }}
- name: VOICEJOB_OPERATOR_STORE__BUCKET
  value: {{ .Values.store.bucket | quote }}
- name: VOICEJOB_OPERATOR_STORE__PREFIX
  value: {{ .Values.store.prefix | quote }}
- name: VOICEJOB_OPERATOR_STORE__CLUSTER_ID
  value: {{ .Values.store.clusterId | quote }}
- name: VOICEJOB_OPERATOR_STORE__CREATE_BUCKET
  value: {{ .Values.store.createBucket | quote }}
- name: VOICEJOB_OPERATOR_STORE__EMBEDDED
  value: {{ .Values.store.embedded.enabled | quote }}
- name: VOICEJOB_OPERATOR_STORE__ITEM_SIGNER
  value: {{ ternary (printf "http://%s.%s.svc:8080/v1/items" (include "voicejob.signerName" .) .Release.Namespace) "" .Values.store.embedded.enabled | quote }}
- name: VOICEJOB_OPERATOR_STORE__READER
  value: {{ ternary "voicejob-gateway" "" (and .Values.gateway.enabled .Values.store.embedded.enabled) | quote }}
- name: VOICEJOB_OPERATOR_STORE__RESULT_SECONDS
  value: {{ .Values.store.resultSeconds | int64 | quote }}
- name: VOICEJOB_OPERATOR_STORE__RETENTION
  value: {{ dict "audio_seconds" (.Values.store.retention.audioSeconds | int64) "dry_run" .Values.store.retention.dryRun | toJson | quote }}
- name: VOICEJOB_OPERATOR_STORE__QUOTA
  value: {{ dict "per_namespace" .Values.store.quota.perNamespace "namespaces" .Values.store.quota.namespaces | toJson | quote }}
- name: VOICEJOB_OPERATOR_STORE__CREDENTIALS_DIR
  value: {{ ternary (include "voicejob.storeCredentialsDir" .) "" (ne (include "voicejob.storeSecret" .) "") | quote }}
{{- if not (or (include "voicejob.storeSecret" .) (include "voicejob.hasVariable" (dict "env" .Values.operator.extraEnv "name" "AWS_EC2_METADATA_DISABLED"))) }}
# The operator's image keeps away from the instance's role unless it is wanted.
- name: AWS_EC2_METADATA_DISABLED
  value: "false"
{{- end }}
{{- end -}}

{{- /* Make the embedded store's key and the gateway's before the operator starts: in the cluster, where
       they are made once, and not by the chart, which would make others at every `helm template`. */ -}}
{{- define "voicejob.initContainers" -}}
{{- $store := include "voicejob.storeOwnKey" . }}
{{- $gateway := include "voicejob.gatewayOwnKey" . }}
{{- if or $store $gateway }}
initContainers:
{{- with $store }}
{{ include "voicejob.keyMaker" (dict "root" $ "command" "store-key" "secret" . "volume" "store-credentials" "folder" (include "voicejob.storeCredentialsDir" $) "mounted" (include "voicejob.storeCredentialsDir" $)) }}
{{- end }}
{{- with $gateway }}
{{ include "voicejob.keyMaker" (dict "root" $ "command" "gateway-key" "secret" . "volume" "gateway-key" "folder" (include "voicejob.gatewayKeyDir" $) "mounted" (printf "%s/capability-key" (include "voicejob.gatewayKeyDir" $))) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "voicejob.keyMaker" -}}
{{- $root := .root -}}
- name: {{ .command }}
  image: {{ include "voicejob.image" $root | quote }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  args: [{{ .command }}, {{ .secret | quote }}, --namespace, {{ $root.Release.Namespace | quote }}, --mounted, {{ .mounted }}]
  {{- with $root.Values.operator.extraEnv }}
  env:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  resources:
    {{- toYaml $root.Values.resources | nindent 4 }}
  securityContext:
    {{- include "voicejob.containerSecurityContext" $root | nindent 4 }}
  volumeMounts:
  - name: tmp
    mountPath: /tmp
  - name: {{ .volume }}
    mountPath: {{ .folder }}
    readOnly: true
{{- end -}}

{{- define "voicejob.storeVolumeMounts" -}}
{{- if include "voicejob.storeSecret" . }}
- name: store-credentials
  mountPath: {{ include "voicejob.storeCredentialsDir" . }}
  readOnly: true
{{- end }}
{{- end -}}

{{- /* As files and not as variables: the operator takes up what changes in them. */ -}}
{{- define "voicejob.storeVolumes" -}}
{{- with include "voicejob.storeSecret" . }}
- name: store-credentials
  projected:
    defaultMode: 0440
    sources:
    - secret:
        name: {{ . | quote }}
        {{- if include "voicejob.storeOwnKey" $ }}
        # This pod makes it.
        optional: true
        {{- end }}
        items:
        - key: {{ include "voicejob.storeAccessKeyIdKey" $ | quote }}
          path: access-key-id
        - key: {{ include "voicejob.storeSecretAccessKeyKey" $ | quote }}
          path: secret-access-key
    {{- if not $.Values.store.embedded.enabled }}
    - secret:
        name: {{ . | quote }}
        optional: true
        items:
        - key: {{ $.Values.store.external.sessionTokenKey | quote }}
          path: session-token
    {{- end }}
{{- end }}
{{- end -}}
