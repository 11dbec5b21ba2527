{{- /* The names of imagePullSecrets, which are written as objects or as bare names, as JSON. */ -}}
{{- define "voicejob.namesOf" -}}
{{- $names := list -}}
{{- range . -}}
{{- $names = append $names (kindIs "map" . | ternary (get (kindIs "map" . | ternary . dict) "name") .) -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{- /* What every worker's pod gets, as the operator reads it (worker_pod.py). */ -}}
{{- define "voicejob.workerPod" -}}
{{- include "voicejob.checkProxy" . -}}
{{- with .Values.worker -}}
{{- $bundle := dict "config_map" .caBundle.configMap "secret" .caBundle.secret "key" .caBundle.key -}}
{{- if and .caBundle.configMap .caBundle.secret -}}
{{- fail "worker.caBundle has both configMap and secret: write one of them" -}}
{{- end -}}
{{- dict "node_selector" .nodeSelector "tolerations" .tolerations "affinity" .affinity
      "runtime_class_name" .runtimeClassName "gpu_runtime_class_name" .gpu.runtimeClassName
      "priority_class_name" .priorityClassName "labels" .labels "annotations" .annotations
      "env" .env "topology_spread" .topologySpreadConstraints "ca_bundle" $bundle | toJson -}}
{{- end -}}
{{- end -}}

{{- /* Workers would send the store's own plain HTTP to the proxy, and no audio would ever arrive. */ -}}
{{- define "voicejob.checkProxy" -}}
{{- $proxy := "" -}}
{{- $spared := false -}}
{{- range .Values.worker.env -}}
{{- if has (upper .name) (list "HTTP_PROXY" "ALL_PROXY") -}}
{{- $proxy = .name -}}
{{- end -}}
{{- if eq (upper .name) "NO_PROXY" -}}
{{- $spared = or .valueFrom (contains ".svc" (default "" .value)) (eq "*" (default "" .value)) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.store.embedded.enabled $proxy (not $spared) -}}
{{- fail (printf "worker.env has %s, and no NO_PROXY that names .svc: workers would ask the proxy for %s; add {name: NO_PROXY, value: \".svc,.cluster.local\"}" $proxy (include "voicejob.storeEndpoint" .)) -}}
{{- end -}}
{{- end -}}
