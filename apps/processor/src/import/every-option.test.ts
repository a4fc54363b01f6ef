import { expect, test } from "vitest";
import { parse } from "yaml";
import { importLogstash } from "./import-logstash.ts";
import { pluginFilters } from "./plugin-filters.ts";

/** What a filter needs to be one, and its options, none with the value that it has by default. */
const filters: Readonly<Record<string, readonly [needed: string, ...options: string[]]>> = {
  grok: [
    `match => { "message" => "%{IP:ip}" }`,
    "break_on_match => false",
    "keep_empty_captures => true",
    "named_captures_only => false",
    `overwrite => ["message"]`,
    `pattern_definitions => { "A" => "b" }`,
    `patterns_dir => ["/p"]`,
    `patterns_files_glob => "*.x"`,
    `tag_on_failure => ["t"]`,
    `tag_on_timeout => "t"`,
    `target => "t"`,
    "timeout_millis => 5",
    "timeout_scope => event",
  ],
  dissect: [`mapping => { "message" => "%{a} %{b}" }`, `convert_datatype => { "a" => "int" }`, `tag_on_failure => ["t"]`],
  json: [`source => "a"`, "skip_on_invalid_json => true", `tag_on_failure => ["t"]`, `target => "t"`],
  kv: [
    `source => "a"`,
    "allow_duplicate_values => false",
    "allow_empty_values => true",
    `default_keys => { "a" => "b" }`,
    `exclude_keys => ["a"]`,
    `field_split => "&"`,
    `field_split_pattern => "a+"`,
    "include_brackets => false",
    `include_keys => ["a"]`,
    `prefix => "p"`,
    "recursive => true",
    "remove_char_key => x",
    "remove_char_value => x",
    `tag_on_failure => ["t"]`,
    `tag_on_timeout => "t"`,
    `target => "t"`,
    "timeout_millis => 5",
    "transform_key => lowercase",
    "transform_value => lowercase",
    "trim_key => x",
    "trim_value => x",
    `value_split => ":"`,
    `value_split_pattern => "a+"`,
    "whitespace => strict",
  ],
  date: [
    `match => ["a", "ISO8601"]`,
    "locale => en",
    `precision => "ns"`,
    `tag_on_failure => ["t"]`,
    `target => "t"`,
    `timezone => "Asia/Shanghai"`,
  ],
  drop: ["", "percentage => 40"],
  useragent: [`source => "a"`, "lru_cache_size => 5", `prefix => "p"`, `regexes => "/r"`, `target => "t"`],
  geoip: [
    `source => "a" database => "/d.mmdb"`,
    "cache_size => 5",
    "default_database_type => ASN",
    `fields => ["city_name"]`,
    `tag_on_failure => ["t"]`,
    `target => "t"`,
  ],
  cidr: [
    `address => ["%{a}"] network => ["10.0.0.0/8"] add_tag => ["x"]`,
    `network_path => "/n"`,
    "refresh_interval => 5",
    `separator => ","`,
  ],
  translate: [
    `source => "a" target => "b" dictionary => { "c" => "d" }`,
    "exact => false",
    `fallback => "f"`,
    `iterate_on => "i"`,
    "override => false",
    "refresh_behaviour => replace",
    "refresh_interval => 5",
    "regex => true",
    "yaml_code_point_limit => 5",
  ],
  fingerprint: [
    `source => ["a"]`,
    "base64encode => true",
    "concatenate_all_fields => true",
    "concatenate_sources => true",
    `key => "k"`,
    "method => MURMUR3",
    `target => "t"`,
  ],
  mutate: [
    "",
    `capitalize => ["a"]`,
    `coerce => { "a" => "b" }`,
    `convert => { "a" => "integer" }`,
    `copy => { "a" => "b" }`,
    `gsub => ["a", "b", "c"]`,
    `join => { "a" => "," }`,
    `lowercase => ["a"]`,
    `merge => { "a" => "b" }`,
    `rename => { "a" => "b" }`,
    `replace => { "a" => "b" }`,
    `split => { "a" => "," }`,
    `strip => ["a"]`,
    `tag_on_failure => "t"`,
    `update => { "a" => "b" }`,
    `uppercase => ["a"]`,
  ],
};

/** Of every filter. */
const common = [
  `add_field => { "f" => "g" }`,
  `add_tag => ["f"]`,
  "enable_metric => false",
  "id => mine",
  "periodic_flush => true",
  `remove_field => ["f"]`,
  `remove_tag => ["f"]`,
  "ecs_compatibility => v8",
  "nobody_knows => 1",
];

const tls = [
  "ssl_enabled => true",
  `ssl_certificate => "/c"`,
  `ssl_certificate_authorities => ["/a"]`,
  `ssl_cipher_suites => ["TLS_AES_128_GCM_SHA256"]`,
  `ssl_key => "/k"`,
  `ssl_supported_protocols => ["TLSv1.3"]`,
  `ssl_supported_protocols => ["TLSv1.2"]`,
];

const inputs: typeof filters = {
  beats: [
    "port => 5044",
    ...tls,
    "add_hostname => true",
    "client_inactivity_timeout => 7",
    `enrich => ["none"]`,
    `host => "1.2.3.4"`,
    "include_codec_tag => false",
    "ssl_client_authentication => required",
    "ssl_handshake_timeout => 7",
    `ssl_key_passphrase => "p"`,
    "tls_min_version => 1.2",
    "codec => json",
    `codec => plain { charset => "GBK" }`,
    `codec => plain { format => "x" }`,
  ],
  kafka: [
    `topics => ["a"]`,
    "auto_commit_interval_ms => 7",
    "auto_offset_reset => latest",
    `client_id => "c"`,
    "consumer_threads => 7",
    "decorate_events => basic",
    "fetch_max_bytes => 7",
    "group_id => g",
    "isolation_level => read_committed",
    "max_poll_records => 7",
    "sasl_mechanism => PLAIN",
    "security_protocol => SSL",
    "session_timeout_ms => 7000",
    `ssl_truststore_location => "/t"`,
    `topics_pattern => "a.*"`,
  ],
  http: [
    "port => 8080",
    ...tls,
    `additional_codecs => { "application/x" => "json" }`,
    "max_content_length => 70000",
    "password => p",
    `remote_host_target_field => "r"`,
    `response_headers => { "a" => "b" }`,
    "threads => 7",
    "user => u",
    "codec => json",
  ],
  file: [
    `path => "/a"`,
    "close_older => 7",
    `delimiter => "x"`,
    "discover_interval => 7",
    `exclude => "*.gz"`,
    "file_chunk_size => 7",
    "file_completed_action => log",
    "ignore_older => 7",
    "mode => read",
    `sincedb_path => "/s"`,
    "start_position => beginning",
    "stat_interval => 7",
  ],
};

const outputs: typeof filters = {
  elasticsearch: [
    `hosts => ["http://e:9200"] index => "a-%{+YYYY.MM.dd}"`,
    "action => update",
    "api_key => k",
    `bulk_path => "/b"`,
    "cloud_id => c",
    `custom_headers => { "a" => "b" }`,
    "data_stream => true",
    `document_id => "%{x}"`,
    "doc_as_upsert => true",
    "http_compression => false",
    "ilm_enabled => true",
    "manage_template => false",
    `parameters => { "a" => "b" }`,
    "password => p",
    `path => "/p"`,
    `pipeline => "p"`,
    `proxy => "http://p"`,
    "retry_max_interval => 7",
    `routing => "r"`,
    "script => s",
    "sniffing => true",
    "ssl_verification_mode => none",
    "template => t",
    "timeout => 7",
    "user => u",
    "version => 7",
  ],
  kafka: [
    "topic_id => a",
    "acks => 1",
    "batch_size => 7",
    "client_id => c",
    "codec => json",
    "compression_type => gzip",
    `linger_ms => "7"`,
    `message_headers => { "a" => "%{b}" }`,
    `message_key => "%{k}"`,
    "partitioner => uniform_sticky",
    "retries => 7",
    "security_protocol => SSL",
  ],
  http: [
    `url => "http://h"`,
    "automatic_retries => 7",
    `content_type => "x/y"`,
    "format => json_batch",
    `headers => { "a" => "b" }`,
    "http_compression => true",
    "http_method => put",
    `mapping => { "a" => "b" }`,
    "request_timeout => 7",
    `retryable_codes => [418]`,
  ],
  file: [`path => "/a"`, "codec => json", "file_mode => 7", "flush_interval => 7", "gzip => true", "write_behavior => overwrite"],
};

const cases = [
  ...Object.entries(filters).flatMap(([name, [needed, ...options]]) => casesOf("filter", name, needed, [...options, ...common])),
  ...Object.entries(inputs).flatMap(([name, [needed, ...options]]) => casesOf("input", name, needed, [...options, "nobody_knows => 1"])),
  ...Object.entries(outputs).flatMap(([name, [needed, ...options]]) => casesOf("output", name, needed, [...options, "nobody_knows => 1"])),
];

function casesOf(section: string, name: string, needed: string, options: readonly string[]) {
  return options.map((option) => ({ section, name, needed, option }));
}

/** The configuration, and what is told by name. */
function imported(section: string, plugin: string) {
  const sections = { input: "beats { }", filter: "", output: "null { }", [section]: plugin };
  const text = Object.entries(sections).map(([kind, body]) => `${kind} { ${body} }`);
  const { yaml, notes, errors } = importLogstash([{ file: "a.conf", text: text.join("\n") }]);
  return { config: JSON.stringify(parse(yaml)), told: [...notes, ...errors].map(({ what, message }) => `${what}: ${message}`) };
}

test("this test knows every filter that the import translates", () => {
  expect(Object.keys(filters).toSorted((a, b) => a.localeCompare(b))).toEqual(
    [...Object.keys(pluginFilters), "mutate"].toSorted((a, b) => a.localeCompare(b)),
  );
});

test("no option of a plugin is ignored in silence: it changes the configuration, or is told of", () => {
  const silent = cases.filter(({ section, name, needed, option }) => {
    const [before, after] = [needed, `${needed} ${option}`].map((options) => imported(section, `${name} { ${options} }`));
    return after?.config === before?.config && after?.told.every((told) => before?.told.includes(told)) === true;
  });
  expect(silent.map(({ section, name, option }) => `${section} ${name}: ${option}`)).toEqual([]);
});
