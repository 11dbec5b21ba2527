{{- /* What one value says against another: told before anything is made. */ -}}
{{- define "voicejob.checks" -}}
{{- if .Values.store.embedded.enabled -}}
{{- range $name := list "endpoint" "existingSecret" "gatewaySecret" -}}
{{- if index $.Values.store.external $name -}}
{{- fail (printf "store.external.%s is set, and store.embedded.enabled is true: the audio would go into the chart's own store. Set store.embedded.enabled to false, or leave store.external out" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $name := include "voicejob.fullname" . -}}
{{- if not (regexMatch "^[a-z]" $name) -}}
{{- fail (printf "the objects would be called %s, and the name of a Service begins with a letter: name another release, or set fullnameOverride" $name) -}}
{{- end -}}
{{- $account := include "voicejob.serviceAccountName" . -}}
{{- if and .Values.gateway.enabled (eq $account (include "voicejob.gatewayServiceAccountName" .)) -}}
{{- fail (printf "serviceAccount.name and gateway.serviceAccount.name are both %s: the gateway, which people reach, would have the operator's rights. Name two" $account) -}}
{{- end -}}
{{- if and .Values.gateway.ingress.enabled (not .Values.gateway.url) (hasPrefix "*" .Values.gateway.ingress.host) -}}
{{- fail (printf "gateway.ingress.host is %s, and that would stand as the gateway's address in VoiceJobs' Secrets: say in gateway.url at which name it is" .Values.gateway.ingress.host) -}}
{{- end -}}
{{- range $where, $env := dict "operator.extraEnv" .Values.operator.extraEnv "gateway.extraEnv" .Values.gateway.extraEnv "worker.env" .Values.worker.env -}}
{{- $names := list -}}
{{- range $env -}}
{{- if has .name $names -}}
{{- fail (printf "%s has %s twice: leave one of them out" $where .name) -}}
{{- end -}}
{{- if and .value .valueFrom -}}
{{- fail (printf "%s has both value and valueFrom for %s: write one of them" $where .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- range $where, $tolerations := dict "tolerations" .Values.tolerations "gateway.tolerations" .Values.gateway.tolerations "store.embedded.tolerations" .Values.store.embedded.tolerations "worker.tolerations" .Values.worker.tolerations "worker.modelCache.perNode.tolerations" .Values.worker.modelCache.perNode.tolerations -}}
{{- range $number, $one := $tolerations -}}
{{- $isExists := eq "Exists" (default "Equal" .operator) -}}
{{- if and $isExists .value -}}
{{- fail (printf "%s[%d] has operator Exists, which takes no value, and value %s: leave one of them out" $where $number .value) -}}
{{- end -}}
{{- if not (or $isExists .key) -}}
{{- fail (printf "%s[%d] has no key: name the taint's, or write operator Exists for every taint" $where $number) -}}
{{- end -}}
{{- if and (hasKey . "tolerationSeconds") (ne "NoExecute" (default "" .effect)) -}}
{{- fail (printf "%s[%d] has tolerationSeconds, which goes with effect NoExecute alone: write that, or leave it out" $where $number) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $names := list -}}
{{- range .Values.priorityClasses -}}
{{- if has .name $names -}}
{{- fail (printf "priorityClasses has %s twice: leave one of them out" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $secrets := list (include "voicejob.storeCredentialsDir" .) (include "voicejob.gatewayKeyDir" .) -}}
{{- range $where, $pod := dict "" .Values "gateway." .Values.gateway -}}
{{- $volumes := list -}}
{{- range $pod.extraVolumes -}}
{{- if has .name $volumes -}}
{{- fail (printf "%sextraVolumes has %s twice: leave one of them out" $where .name) -}}
{{- end -}}
{{- $volumes = append $volumes .name -}}
{{- end -}}
{{- $volumes = concat $volumes (list "tmp" "store-credentials" "gateway-key") -}}
{{- $taken := append $secrets "/tmp" -}}
{{- range $pod.extraVolumeMounts -}}
{{- if not (has .name $volumes) -}}
{{- fail (printf "%sextraVolumeMounts mounts %s, and %sextraVolumes has no volume of that name: add it there" $where .name $where) -}}
{{- end -}}
{{- $place := clean .mountPath -}}
{{- $isSecrets := false -}}
{{- range $secrets -}}
{{- $isSecrets = or $isSecrets (hasPrefix (print . "/") $place) -}}
{{- end -}}
{{- if or $isSecrets (has $place $taken) -}}
{{- fail (printf "%sextraVolumeMounts mounts %s at %s, where another volume is mounted already: name another mountPath" $where .name .mountPath) -}}
{{- end -}}
{{- $taken = append $taken $place -}}
{{- end -}}
{{- end -}}
{{- $prefetch := .Values.worker.modelCache.prefetch -}}
{{- $store := .Values.store.embedded -}}
{{- range $where, $resources := dict "resources" .Values.resources "gateway.resources" .Values.gateway.resources "store.embedded.resources" $store.resources "store.embedded.signer.resources" $store.signer.resources "worker.resources" .Values.worker.resources "worker.gpu.resources" .Values.worker.gpu.resources "worker.modelCache.prefetch.resources" $prefetch.resources -}}
{{- $limit := dig "limits" "memory" "" $resources | toString -}}
{{- if and $limit (lt (include "voicejob.amount" $limit | float64) 16777216.0) -}}
{{- fail (printf "%s.limits.memory is %s, and no container starts in under 16Mi: write it with its unit, such as 512Mi or 2Gi" $where $limit) -}}
{{- end -}}
{{- range $name, $request := $resources.requests -}}
{{- $most := dig "limits" $name "" $resources | toString -}}
{{- if and $most (gt (include "voicejob.amount" (toString $request) | float64) (include "voicejob.amount" $most | float64)) -}}
{{- fail (printf "%s.requests.%s is %v, and limits.%s is %s: no container may ask for more than it may have. Raise the limit or lower the request" $where $name $request $name $most) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $kind, $monitor := pick .Values.metrics "serviceMonitor" "podMonitor" -}}
{{- if and $monitor.enabled $monitor.scrapeTimeout (gt (include "voicejob.milliseconds" $monitor.scrapeTimeout | int) (include "voicejob.milliseconds" $monitor.interval | int)) -}}
{{- fail (printf "metrics.%s.scrapeTimeout is %s, and interval is %s: Prometheus takes no target whose scrape may last longer than the time between two. Write %s or less, or leave scrapeTimeout empty" $kind $monitor.scrapeTimeout $monitor.interval $monitor.interval) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* A quantity as a number: 1Ki is 1024, 500m is 0.5. */ -}}
{{- define "voicejob.amount" -}}
{{- if regexMatch "[eE][-+]?[0-9]+$" . -}}
{{ float64 . }}
{{- else -}}
{{- $unit := regexFind "[A-Za-z]*$" . -}}
{{- $number := trimSuffix $unit . | float64 -}}
{{- $factor := index (dict "" 1.0 "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18) (trimSuffix "i" $unit) -}}
{{- if hasSuffix "i" $unit -}}
{{- $factor = index (dict "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0) $unit -}}
{{- end -}}
{{ mulf $number $factor }}
{{- end -}}
{{- end -}}

{{- /* A duration of Prometheus' in one unit. */ -}}
{{- define "voicejob.milliseconds" -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{ mul (trimSuffix $unit . | atoi) (index (dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000) $unit) }}
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
