import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@gatelog/testkit";

/** Folder of the examples that the repository shows: a filebeat.yml and the tailer.yaml that an import makes of it, each. */
export const examplesDirectory = join(repositoryRoot, "examples/filebeat");

/** Names of the examples. */
export const exampleNames: readonly string[] = readdirSync(examplesDirectory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** A file of an example. */
export function readExample(name: string, file: string): string {
  return readFileSync(join(examplesDirectory, name, file), "utf8");
}

/** Every option that the `filestream` input of Filebeat 8 and 9 has, with a value that is not its default. */
const everyFilestreamOption = `
filebeat.inputs:
- type: filestream
  id: all
  enabled: true
  paths: [/var/log/all/*, /var/log/more/**]
  allow_deprecated_id_duplication: true
  take_over: {enabled: true, from_ids: [a]}
  file_identity.inode_marker.path: /logs/.marker
  close:
    on_state_change: {inactive: 7m, renamed: true, removed: false, check_interval: 6s}
    reader: {on_eof: true, after_interval: 3h}
  read_until_eof: {enabled: true, timeout: 2m}
  clean_inactive: 100h
  clean_removed: false
  legacy_clean_inactive: true
  backoff: {init: 3s, max: 9s}
  harvester_limit: 12
  include_file_owner_name: true
  include_file_owner_group_name: true
  exclude_lines: ['^DBG']
  include_lines: ['^ERR', "^W"]
  buffer_size: 32768
  compression: gzip
  gzip_experimental: true
  message_max_bytes: 3145728
  encoding: utf-16-bom
  line_terminator: carriage_return
  ignore_older: 90h
  ignore_inactive: since_last_start
  seek_to_tail: true
  prospector.scanner:
    recursive_glob: false
    exclude_files: ['\\.zip$', '(?i)gz']
    include_files: ['\\.log$']
    symlinks: true
    resend_on_touch: true
    check_interval: 30s
    fingerprint: {enabled: true, offset: 10, length: 128}
  rotation.external.strategy.copytruncate: {suffix_regex: '\\.\\d$', dateformat: -20060102}
  delete: {enabled: true, grace_period: 1h, on_close.eof: true}
  parsers:
  - ndjson: {target: x, overwrite_keys: true, expand_keys: true, add_error_key: true, message_key: m, document_id: d, ignore_decoding_error: true}
  - multiline: {type: count, count_lines: 3, max_lines: 7, timeout: 2s, skip_newline: true, pattern: a, negate: true, match: after, flush_pattern: b}
  - multiline: {type: while_pattern, pattern: '^x', negate: true, match: before, flush_pattern: c, count_lines: 4}
  - container: {stream: stderr, format: json-file}
  - syslog: {format: rfc3164, timezone: Asia/Shanghai, log_errors: true, add_error_key: false}
  - include_message.patterns: ["^A"]
  tags: [one]
  fields: {a: 1, b: {c: [x, y]}, d.e: true}
  fields_under_root: true
  processors: [{drop_fields: {fields: [x]}}]
  pipeline: p
  keep_null: true
  index: i
  publisher_pipeline.disable_host: true
  json.keys_under_root: true
  scan_frequency: 3s
output.console: {pretty: true, codec.format.string: x, bulk_max_size: 12, queue.mem.events: 1}
`;

/** The same of types `log` and `docker`, of Filebeat 5 and 6. */
const everyLogOption = `
tags: [all]
fields: {env: test}
fields_under_root: true
filebeat.prospectors:
- input_type: log
  document_type: nginx
  paths: [/var/log/a/*.log]
  encoding: iso8859-1
  exclude_lines: [a]
  include_lines: [b]
  exclude_files: ['^/x/', "\\\\.[0-9]+$"]
  fields: {x: y}
  ignore_older: 8h
  scan_frequency: 2s
  scan.sort: modtime
  scan.order: desc
  harvester_buffer_size: 1
  max_bytes: 2000000
  line_terminator: line_feed
  recursive_glob.enabled: false
  json: {message_key: a, keys_under_root: true, overwrite_keys: true, expand_keys: true, add_error_key: true, document_id: i, ignore_decoding_error: true}
  multiline: {pattern: a, negate: true, match: before, max_lines: 3, timeout: 9s, flush_pattern: f, skip_newline: true}
  tail_files: true
  pipeline: p
  symlinks: true
  backoff: 3s
  max_backoff: 8s
  backoff_factor: 3
  harvester_limit: 3
  close_inactive: 3m
  close_renamed: true
  close_removed: false
  close_eof: true
  close_timeout: 3h
  clean_inactive: 9h
  clean_removed: true
  module: nginx
  fileset: access
  docker-json: {stream: stdout, partial: true, format: cri, cri_flags: true}
  force_close_files: true
- type: docker
  containers: {ids: [abc, def], path: /data/docker, stream: stdout}
  combine_partials: false
  cri.parse_flags: true
  document_type: docker
- type: docker
  containers.paths: [/a, /b]
  fields_under_root: false
  fields: {x: y}
  document_type: docker
- type: stdin
- type: log
  enabled: false
  paths: [/never]
filebeat:
  spool_size: 4096
  publish_async: true
  idle_timeout: 3s
  registry_file: registry
  registry_flush: 3s
  config_dir: /etc/filebeat/conf.d
  shutdown_timeout: 0
output.logstash:
  hosts: [a, "b:1", "[::1]"]
  port: 5045
  worker: 2
  workers: 2
  compression_level: 7
  escape_html: true
  ttl: 30s
  loadbalance: true
  pipelining: 0
  slow_start: true
  backoff: {init: 3s, max: 50s}
  index: x
  proxy_url: socks5://p:1
  proxy_use_local_resolver: true
  max_retries: 3
  bulk_max_size: 100000
  timeout: 3s
  queue.mem.events: 3
  ssl:
    enabled: true
    verification_mode: none
    supported_protocols: [TLSv1.0, TLSv1.3]
    certificate_authorities: ["-----BEGIN CERTIFICATE-----"]
    certificate: /c.pem
    key: /k.pem
    key_passphrase: secret
    cipher_suites: [x]
    curve_types: [P-256]
    renegotiation: never
    ca_sha256: x
    ca_trusted_fingerprint: x
    exit_on_cert_change: {enabled: true, period: 1m}
output.redis.hosts: [r]
`;

const everyOtherOption = `
name: n
filebeat:
  inputs: [{type: log, paths: [/a/*.log], fields: {log: {topic: t}}}]
  config: {inputs: {enabled: true, path: x}, modules: {path: y, reload.enabled: true}}
  modules: [{module: system, syslog.enabled: true}]
  autodiscover.providers: [{type: kubernetes, hints.enabled: true}]
  registry: {path: registry, file_permissions: "0600", flush: 70s, cleanup_interval: 5m, migrate_file: x, backend: bbolt, bbolt.fsync: true}
  overwrite_pipelines: true
  shutdown_timeout: 9s
processors: [{add_cloud_metadata: ~}]
queue.disk: {max_size: 10GB}
max_procs: 2
path: {home: /h, config: /c, data: /d, logs: /l}
setup: {kibana.host: k, dashboards.enabled: true, ilm.enabled: false, template.name: t}
cloud: {id: a, auth: b}
monitoring: {enabled: true, cluster_uuid: x}
xpack.monitoring.enabled: true
http: {enabled: true, host: unix:///run/x.sock, port: 5067, pprof.enabled: true}
logging: {level: critical, selectors: ["*"], to_files: true, to_syslog: true, to_stderr: true, to_eventlog: true, json: true, metrics: {enabled: false, period: 3s}, files: {path: /x, name: y}}
instrumentation.enabled: true
seccomp.enabled: true
keystore.path: k
features.fqdn.enabled: true
migration.6_to_7.enabled: true
timestamp.precision: nanosecond
management.enabled: true
who.knows: [what, {this: is}]
output.kafka:
  enabled: true
  hosts: [k1, "k2:9093"]
  topic: "%{[fields.log.topic]}"
  topics: [{topic: a, when.contains.message: b}]
  key: '%{[id]}'
  partition.hash: {hash: [a], reachable_only: true}
  username: u
  password: p
  sasl.mechanism: PLAIN
  kerberos.enabled: true
  version: 2.0.0
  codec.json: {pretty: true, escape_html: true}
  metadata: {retry.max: 3, retry.backoff: 250ms, refresh_frequency: 10m, full: true}
  headers: [{key: a, value: b}]
  max_retries: 3
  bulk_max_size: 2047
  bulk_flush_frequency: 3s
  timeout: 31s
  broker_timeout: 11s
  channel_buffer_size: 255
  keep_alive: 3s
  compression: lz4
  compression_level: 5
  max_message_bytes: 900000
  required_acks: -1
  client_id: c
  worker: 2
  ssl: {enabled: true, certificate_authorities: [/ca.pem]}
  backoff: {init: 2s, max: 55s}
output.file:
  enabled: false
  path: /tmp/x
`;

const toAFile = `
filebeat.inputs: [{type: container, paths: ["/var/log/containers/*.log"], stream: stdout, format: docker}]
http: {host: 0.0.0.0, port: 1}
output.file: {path: /data/out, filename: lines, rotate_every_kb: 1000, number_of_files: 3, permissions: 0600, rotate_on_startup: false, codec.json.pretty: true}
`;

/** Files that together have every option. */
export const corpus: readonly (readonly [name: string, text: string])[] = [
  ...exampleNames.map((name) => [name, readExample(name, "filebeat.yml")] as const),
  ["every option of filestream", everyFilestreamOption],
  ["every option of log, docker and Logstash", everyLogOption],
  ["every other option, and Kafka's", everyOtherOption],
  ["an output to a file", toAFile],
];
