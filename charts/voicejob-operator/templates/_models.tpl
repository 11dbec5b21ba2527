{{- /* The claim that workers keep models in, in each VoiceJob's namespace; empty for an emptyDir. */ -}}
{{- define "voicejob.modelClaim" -}}
{{- include "voicejob.checkModelCache" . -}}
{{- $cache := .Values.worker.modelCache -}}
{{- if $cache.perNode.path -}}
{{- /* A volume cannot be changed: another folder is another volume and another claim. */ -}}
{{- $digest := list $cache.perNode.path $cache.perNode.nodeSelector $cache.size | toJson | sha256sum | trunc 8 -}}
{{- printf "%s-models-%s" (include "voicejob.fullname" .) $digest -}}
{{- else -}}
{{- $cache.claimName -}}
{{- end -}}
{{- end -}}

{{- define "voicejob.checkModelCache" -}}
{{- $cache := .Values.worker.modelCache -}}
{{- $path := $cache.perNode.path -}}
{{- if and $path $cache.claimName -}}
{{- fail "worker.modelCache has both claimName and perNode.path: write one of them; with perNode.path the chart makes the claims" -}}
{{- end -}}
{{- $systems := "^/(bin|boot|dev|etc|lib|lib32|lib64|proc|root|run|sbin|sys|usr)(/|$)|^/(home|media|mnt|opt|srv|tmp|var)$|^/var/(cache|db|lib|log|spool|tmp)$|^/var/run(/|$)|^/var/lib/(cni|containerd|containers|docker|etcd|kubelet|rancher)(/|$)" -}}
{{- if regexMatch $systems $path -}}
{{- fail (printf "worker.modelCache.perNode.path is %s, which the node has need of itself: the kubelet would give all that is in it to the workers' group; name a folder of its own, such as /var/lib/voicejob/models" $path) -}}
{{- end -}}
{{- if and $cache.perNode.createFolder (not $path) -}}
{{- fail "worker.modelCache.perNode.createFolder is true and there is no perNode.path: say which folder, such as /var/lib/voicejob/models" -}}
{{- end -}}
{{- if and $cache.prefetch.models (not $path) (not $cache.claimName) -}}
{{- fail "worker.modelCache.prefetch.models has nowhere to be kept, for an emptyDir ends with its pod: set worker.modelCache.claimName or worker.modelCache.perNode.path" -}}
{{- end -}}
{{- if and (or $path $cache.prefetch.models) (not (include "voicejob.modelNamespaces" . | fromJsonArray)) -}}
{{- fail "worker.modelCache has perNode or prefetch, and nobody says for which namespaces: list those of your VoiceJobs in worker.modelCache.namespaces" -}}
{{- end -}}
{{- end -}}

{{- /* Namespaces of VoiceJobs that share models, as JSON. */ -}}
{{- define "voicejob.modelNamespaces" -}}
{{- .Values.worker.modelCache.namespaces | default .Values.watchNamespaces | toJson -}}
{{- end -}}

{{- /* Namespaces with pods that fetch models ahead of time, as JSON. */ -}}
{{- define "voicejob.prefetchNamespaces" -}}
{{- $cache := .Values.worker.modelCache -}}
{{- if not $cache.prefetch.models -}}
[]
{{- else if $cache.perNode.path -}}
{{- list .Release.Namespace | toJson -}}
{{- else -}}
{{- include "voicejob.modelNamespaces" . -}}
{{- end -}}
{{- end -}}

{{- /* What a pod has to fetch, as `voicejob-worker download` reads it. */ -}}
{{- define "voicejob.prefetchData" -}}
catalogue.json: {{ dict "entries" .Values.worker.catalogue | toJson | quote }}
models.json: {{ .Values.worker.modelCache.prefetch.models | toJson | quote }}
{{- end -}}

{{- define "voicejob.prefetchContainer" -}}
{{- $given := list -}}
{{- range .Values.worker.env -}}
{{- $given = append $given .name -}}
{{- end -}}
- name: prefetch
  image: {{ include "voicejob.workerImage" . | quote }}
  imagePullPolicy: {{ .Values.worker.image.pullPolicy }}
  command: [voicejob-worker]
  args: [download, --list, /etc/voicejob/models.json, --catalogue, /etc/voicejob/catalogue.json, --to, /var/cache/voicejob/models]
  env:
  - name: HOME
    value: /tmp
  - name: VOICEJOB_ACCEPTED_LICENCES
    value: {{ .Values.worker.acceptedLicences | toJson | quote }}
  - name: VOICEJOB_STORE_RETRY_SECONDS
    value: {{ .Values.worker.storeRetrySeconds | int64 | quote }}
  - name: VOICEJOB_TERMINATION_GRACE_SECONDS
    value: {{ .Values.worker.terminationGraceSeconds | int64 | quote }}
{{- if or .Values.worker.caBundle.configMap .Values.worker.caBundle.secret }}
{{- range list "SSL_CERT_FILE" "REQUESTS_CA_BUNDLE" "AWS_CA_BUNDLE" "CURL_CA_BUNDLE" }}
{{- if not (has . $given) }}
  - name: {{ . | quote }}
    value: /var/run/voicejob/ca/ca.crt
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.worker.modelCache.prefetch.credentialsSecret }}
{{- $secret := . }}
{{- range list "HF_TOKEN" "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" "AWS_SESSION_TOKEN" "AWS_ENDPOINT_URL" "AWS_REGION" }}
{{- if not (has . $given) }}
  - name: {{ . | quote }}
    valueFrom:
      secretKeyRef: {name: {{ $secret | quote }}, key: {{ . }}, optional: true}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.worker.env }}
{{ toYaml . | indent 2 }}
{{- end }}
  resources:
    {{- toYaml .Values.worker.modelCache.prefetch.resources | nindent 4 }}
  securityContext:
    {{- include "voicejob.containerSecurityContext" . | nindent 4 }}
  volumeMounts:
  - name: models
    mountPath: /var/cache/voicejob/models
  - name: list
    mountPath: /etc/voicejob
    readOnly: true
  - name: tmp
    mountPath: /tmp
{{- if or .Values.worker.caBundle.configMap .Values.worker.caBundle.secret }}
  - name: ca-bundle
    mountPath: /var/run/voicejob/ca
    readOnly: true
{{- end }}
{{- end -}}

{{- /* Of a pod that fetches models: root, and list, the ConfigMap's name. */ -}}
{{- define "voicejob.prefetchVolumes" -}}
- name: models
  persistentVolumeClaim:
    claimName: {{ include "voicejob.modelClaim" .root | quote }}
- name: list
  configMap:
    name: {{ .list }}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- with .root.Values.worker.caBundle }}
{{- if .configMap }}
- name: ca-bundle
  configMap:
    name: {{ .configMap | quote }}
    items:
    - {key: {{ .key | quote }}, path: ca.crt}
{{- else if .secret }}
- name: ca-bundle
  secret:
    secretName: {{ .secret | quote }}
    items:
    - {key: {{ .key | quote }}, path: ca.crt}
{{- end }}
{{- end }}
{{- end -}}

{{- /* What Job and DaemonSet have in common beside containers and volumes: root, tolerations, nodeSelector, pullSecrets. */ -}}
{{- define "voicejob.prefetchPod" -}}
{{- $worker := .root.Values.worker -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $worker.terminationGraceSeconds | int64 }}
{{- with .pullSecrets }}
imagePullSecrets:
{{- range include "voicejob.namesOf" . | fromJsonArray }}
- name: {{ . | quote }}
{{- end }}
{{- end }}
{{- with $worker.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
securityContext:
  {{- include "voicejob.podSecurityContext" .root | nindent 2 }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $worker.affinity.nodeAffinity }}
affinity:
  nodeAffinity:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "voicejob.prefetchMetadata" -}}
{{- $own := include "voicejob.labels" (dict "root" . "component" "prefetch") | fromYaml -}}
labels:
  {{- merge $own (deepCopy .Values.worker.labels) | toYaml | nindent 2 }}
{{- with .Values.worker.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
