{{/* What all pods have in common. */}}
{{- define "pushgate.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .uid }}
runAsGroup: {{ .uid }}
fsGroup: {{ .uid }}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "pushgate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "pushgate.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where the configuration and the engines are. */}}
{{- define "pushgate.env" -}}
- {name: PUSHGATE_CONFIG, value: /etc/pushgate/pushgate.toml}
{{- if .Values.redis.urlSecret.name }}
- name: PUSHGATE_REDIS__URL
  valueFrom:
    secretKeyRef: {name: {{ .Values.redis.urlSecret.name }}, key: {{ .Values.redis.urlSecret.key }}}
{{- else if .Values.redis.url }}
- {name: PUSHGATE_REDIS__URL, value: {{ .Values.redis.url | quote }}}
{{- else if .Values.redis.bundled.enabled }}
- {name: PUSHGATE_REDIS__URL, value: "redis://{{ include "pushgate.fullname" . }}-redis:6379/0"}
{{- end }}
{{- with .Values.redis.cluster }}
- {name: PUSHGATE_REDIS__CLUSTER, value: {{ join "," . | quote }}}
{{- end }}
{{- with .Values.redis.sentinels }}
- {name: PUSHGATE_REDIS__SENTINELS, value: {{ join "," . | quote }}}
{{- end }}
{{- with .Values.redis.sentinelMaster }}
- {name: PUSHGATE_REDIS__SENTINEL_MASTER, value: {{ . | quote }}}
{{- end }}
{{- if .Values.gearman.servers }}
- {name: PUSHGATE_GEARMAN__SERVERS, value: {{ join "," .Values.gearman.servers | quote }}}
{{- else if .Values.gearman.bundled.enabled }}
- {name: PUSHGATE_GEARMAN__SERVERS, value: {{ include "pushgate.gearmanServers" . | quote }}}
{{- end }}
{{- end }}

{{- define "pushgate.gearmanServers" -}}
{{- $name := printf "%s-gearman" (include "pushgate.fullname" .) -}}
{{- $servers := list -}}
{{- range $number := until (int .Values.gearman.bundled.replicas) -}}
{{- $servers = append $servers (printf "%s-%d.%s:4730" $name $number $name) -}}
{{- end -}}
{{ join "," $servers }}
{{- end }}

{{- define "pushgate.volumeMounts" -}}
- {name: configuration, mountPath: /etc/pushgate, readOnly: true}
- {name: scratch, mountPath: /tmp}
{{- end }}

{{- define "pushgate.volumes" -}}
- name: configuration
  projected:
    defaultMode: 0440
    sources:
    {{- if .Values.configuration.existingSecret }}
      - secret: {name: {{ .Values.configuration.existingSecret }}}
    {{- else }}
      - configMap: {name: {{ include "pushgate.fullname" . }}}
    {{- end }}
    {{- with .Values.configuration.filesSecret }}
      - secret: {name: {{ . }}}
    {{- end }}
- name: scratch
  emptyDir: {medium: Memory, sizeLimit: 16Mi}
{{- end }}

{{- define "pushgate.topologySpread" -}}
{{- if .Values.topologySpread.enabled }}
topologySpreadConstraints:
{{- range .Values.topologySpread.topologyKeys }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "pushgate.selector" $ | nindent 8 }}
        app.kubernetes.io/component: {{ $.component }}
{{- end }}
{{- end }}
{{- end }}
