{{- /* What one value says against another: told before anything is made. */ -}}
{{- define "voicejob.checks" -}}
{{- if .Values.store.embedded.enabled -}}
{{- range $name := list "endpoint" "existingSecret" "gatewaySecret" -}}
{{- if index $.Values.store.external $name -}}
{{- fail (printf "store.external.%s is set, and store.embedded.enabled is true: the audio would go into the chart's own store. Set store.embedded.enabled to false, or leave store.external out" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $account := include "voicejob.serviceAccountName" . -}}
{{- if and .Values.gateway.enabled (eq $account (include "voicejob.gatewayServiceAccountName" .)) -}}
{{- fail (printf "serviceAccount.name and gateway.serviceAccount.name are both %s: the gateway, which people reach, would have the operator's rights. Name two" $account) -}}
{{- end -}}
{{- range $where, $env := dict "operator.extraEnv" .Values.operator.extraEnv "gateway.extraEnv" .Values.gateway.extraEnv "worker.env" .Values.worker.env -}}
{{- $names := list -}}
{{- range $env -}}
{{- if has .name $names -}}
{{- fail (printf "%s has %s twice: leave one of them out" $where .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* A network without the bits of a host, which API servers from 1.36 on refuse in a policy. */ -}}
{{- define "voicejob.network" -}}
{{- $address := splitList "/" . | first -}}
{{- if contains ":" $address -}}
{{- /* Where "::" stands the last groups are the host's, as many as stand behind it. */ -}}
{{- $behind := splitList "::" $address | last -}}
{{- $prefix := splitList "/" . | last | int -}}
{{- if and (contains "::" $address) $behind (le $prefix (sub 128 (mul 16 (len (splitList ":" $behind))) | int)) -}}
{{- fail (printf "%s is an address in a network, and a policy takes the network alone: leave out what stands behind ::" .) -}}
{{- end -}}
{{ . }}
{{- else -}}
{{- $prefix := splitList "/" . | last | int -}}
{{- $kept := list -}}
{{- range $place, $octet := splitList "." $address -}}
{{- $bits := max 0 (min 8 (sub $prefix (mul 8 $place))) | int -}}
{{- $step := index (list 256 128 64 32 16 8 4 2 1) $bits -}}
{{- $kept = append $kept (sub (int $octet) (mod (int $octet) $step) | toString) -}}
{{- end -}}
{{ join "." $kept }}/{{ $prefix }}
{{- end -}}
{{- end -}}
