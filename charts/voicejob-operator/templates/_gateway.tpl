{{- define "voicejob.gatewayName" -}}
{{ include "voicejob.fullname" . }}-gateway
{{- end -}}

{{- define "voicejob.gatewayServiceAccountName" -}}
{{- if .Values.gateway.serviceAccount.create -}}
{{- default (include "voicejob.gatewayName" .) .Values.gateway.serviceAccount.name -}}
{{- else -}}
{{- required "gateway.serviceAccount.create is false: name the ServiceAccount to use in gateway.serviceAccount.name" .Values.gateway.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* The Secret of the gateway's keys that the operator's pod makes; empty if it makes none. */ -}}
{{- define "voicejob.gatewayOwnKey" -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.existingSecret) -}}
{{- /* The key's number is in the name: another number is another key, and all pods follow. */ -}}
{{ include "voicejob.gatewayName" . }}-key-{{ .Values.gateway.keyVersion | int64 }}
{{- end -}}
{{- end -}}

{{- define "voicejob.gatewaySecret" -}}
{{- if .Values.gateway.enabled -}}
{{- default (include "voicejob.gatewayOwnKey" .) .Values.gateway.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "voicejob.gatewayKeyDir" -}}
/var/run/voicejob/gateway
{{- end -}}

{{- define "voicejob.gatewayUrl" -}}
{{- if .Values.gateway.url -}}
{{- .Values.gateway.url | trimSuffix "/" -}}
{{- else if .Values.gateway.ingress.enabled -}}
{{- printf "%s://%s" (ternary "https" "http" (ne .Values.gateway.ingress.tlsSecret "")) .Values.gateway.ingress.host -}}
{{- end -}}
{{- end -}}

{{- /* Of the operator's container, which makes the capabilities. */ -}}
{{- define "voicejob.gatewayAccessEnvironment" -}}
- name: VOICEJOB_OPERATOR_GATEWAY__CAPABILITY_KEY_FILE
  value: {{ ternary (printf "%s/capability-key" (include "voicejob.gatewayKeyDir" .)) "" .Values.gateway.enabled | quote }}
- name: VOICEJOB_OPERATOR_GATEWAY__SERVICE
  value: {{ ternary (include "voicejob.gatewayName" .) "" .Values.gateway.enabled | quote }}
- name: VOICEJOB_OPERATOR_GATEWAY__URL
  value: {{ ternary (include "voicejob.gatewayUrl" .) "" .Values.gateway.enabled | quote }}
{{- end -}}

{{- define "voicejob.gatewayVolumeMounts" -}}
{{- if .Values.gateway.enabled }}
- name: gateway-key
  mountPath: {{ include "voicejob.gatewayKeyDir" . }}
  readOnly: true
{{- end }}
{{- end -}}

{{- /* Of the operator's pod: the key of capabilities alone. */ -}}
{{- define "voicejob.gatewayKeyVolume" -}}
{{- with include "voicejob.gatewaySecret" . }}
- name: gateway-key
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
    {{- if include "voicejob.gatewayOwnKey" $ }}
    # This pod makes it.
    optional: true
    {{- end }}
    items:
    - {key: capability-key, path: capability-key}
{{- end }}
{{- end -}}

{{- /* The Secret with the gateway's credentials of the store, which can only read. */ -}}
{{- define "voicejob.gatewayStoreSecret" -}}
{{- if .Values.store.embedded.enabled -}}
{{- include "voicejob.gatewaySecret" . -}}
{{- else -}}
{{- default .Values.store.external.existingSecret .Values.store.external.gatewaySecret -}}
{{- end -}}
{{- end -}}
