import { fieldOf, NoEquivalent } from "./field-names.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./target.ts";
import { convertClientTls } from "./tls.ts";

const hasNone = "has no equivalent and was left out";

const sentences: Readonly<Record<string, string>> = {
  document_type: "is not written: Elasticsearch has no types since version 7",
  template: "is not installed: set manageTemplate: false and install it yourself, or let the processor install its own",
  template_name: hasNone,
  template_overwrite: "is not needed: a newer template replaces an older one",
  template_api: hasNone,
  ilm_enabled: "has no equivalent: indices are daily; retentionDays deletes them",
  ilm_policy: "has no equivalent: retentionDays makes a policy that deletes",
  ilm_pattern: hasNone,
  ilm_rollover_alias: "has no equivalent: indices are daily, or a data stream",
  sniffing: "has no equivalent: name all nodes",
  sniffing_delay: hasNone,
  sniffing_path: hasNone,
  retry_initial_interval: "has no equivalent: retry.minMs holds for all outputs",
  retry_max_interval: "has no equivalent: retry.maxMs holds for all outputs",
  retry_on_conflict: hasNone,
  pool_max: "has no equivalent: requestsInFlightMax follows what the cluster can do",
  pool_max_per_route: "has no equivalent: requestsInFlightMax follows what the cluster can do",
  resurrect_delay: hasNone,
  validate_after_inactivity: hasNone,
  healthcheck_path: hasNone,
  bulk_path: hasNone,
  failure_type_logging_whitelist: hasNone,
  silence_errors_in_log: hasNone,
  dlq_custom_codes: "is not needed: whatever is refused for good becomes a dead letter",
  dlq_on_failed_indexname_interpolation: hasNone,
  flush_size: "has no equivalent: batch.recordsMax holds for all outputs",
  idle_flush_time: hasNone,
  workers: "has no equivalent: requestsInFlightMax follows what the cluster can do",
  data_stream_auto_routing: "has no equivalent: an output writes to one data stream",
  data_stream_sync_fields: "has no equivalent: data_stream.* is not written into the documents",
};

const handwork: Readonly<Record<string, string>> = {
  pipeline: "has no equivalent: set index.default_pipeline on the index template, so that the cluster runs it",
  routing: "has no equivalent: Elasticsearch routes by the id",
  join_field: "has no equivalent",
  parent: "has no equivalent",
  script: "has no equivalent: documents are only ever created",
  upsert: "has no equivalent: documents are only ever created",
  doc_as_upsert: "has no equivalent: documents are only ever created",
  scripted_upsert: "has no equivalent: documents are only ever created",
  version: "has no equivalent: documents are only ever created",
  version_type: "has no equivalent: documents are only ever created",
  proxy: "has no equivalent: the cluster has to be reached directly",
  path: "has no equivalent: the cluster has to answer at the root of its URL",
  parameters: "has no equivalent",
  custom_headers: "has no equivalent",
  cloud_id: "has no equivalent: write the cluster's URL as nodes",
  cloud_auth: "has no equivalent: write auth.basic",
  ca_trusted_fingerprint: "has no equivalent: name the authority's certificate as tls.ca",
};

/** `elasticsearch` and `opensearch`. */
export function convertElasticsearch(options: Options): Entry {
  options.tell(sentences);
  for (const [name, message] of Object.entries(handwork)) options.error(name, message);
  tellActions(options);
  const ssl = options.boolean(options.first("ssl_enabled", "ssl"));
  const { nodes, login } = nodesOf(options, ssl === true);
  const dataStream = dataStreamOf(options);
  const timeout = options.number("timeout");
  return {
    nodes,
    index: dataStream === undefined ? indexOf(options) : undefined,
    dataStream,
    auth: authOf(options) ?? login,
    tls: convertClientTls(options),
    compressionLevel: options.boolean("http_compression") === false ? 0 : options.number("compression_level"),
    requestTimeoutMs: timeout === undefined ? undefined : Math.max(1000, timeout * 1000),
    manageTemplate: options.boolean("manage_template") === false ? false : undefined,
    dynamicMapping: options.boolean("manage_template") === false ? undefined : true,
  };
}

function tellActions(options: Options): void {
  options.error(
    "document_id",
    "is dangerous to lose sight of: the document's _id is the event's own id here, fixed when it arrives, so documents that replaced each other now stand side by side",
  );
  const action = options.text("action");
  if (action !== undefined && action !== "index" && action !== "create")
    options.error("action", `${action} has no equivalent: documents are only ever created`);
}

function nodesOf(options: Options, isTls: boolean): { nodes: readonly string[]; login: Entry | undefined } {
  const hosts = options.texts("hosts");
  let login: Entry | undefined;
  const nodes = (hosts.length === 0 ? ["localhost:9200"] : hosts).map((host) => {
    const text = /^https?:\/\//.test(host) ? host : `${isTls ? "https" : "http"}://${host.replace(/^\/\//, "")}`;
    if (!URL.canParse(text)) return text;
    const url = new URL(text);
    if (url.username !== "") {
      login = { basic: { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) } };
      options.note("hosts", "had a login, which became auth.basic");
    }
    const hasPort = /^https?:\/\/[^/]*:\d+(?:\/|$)/.test(text);
    return `${url.protocol}//${url.hostname}:${hasPort ? url.port || (url.protocol === "https:" ? "443" : "80") : "9200"}`;
  });
  return { nodes, login };
}

function authOf(options: Options): Entry | undefined {
  const apiKey = options.text("api_key");
  if (apiKey !== undefined) {
    for (const name of ["user", "password"]) options.note(name, "is not needed beside api_key");
    // Logstash takes id:key, the cluster its Base64 form.
    return { apiKey: apiKey.includes(":") ? Buffer.from(apiKey).toString("base64") : apiKey };
  }
  const login = options.login();
  return login === undefined ? undefined : { basic: login };
}

function dataStreamOf(options: Options): string | undefined {
  const [type, dataset, namespace] = [
    options.text("data_stream_type"),
    options.text("data_stream_dataset"),
    options.text("data_stream_namespace"),
  ];
  const isStream = options.text("data_stream") === "true" || [type, dataset, namespace].some((part) => part !== undefined);
  if (!isStream) return undefined;
  options.note("data_stream", "an event that is sent again after a rollover is there twice; daily indices keep each once");
  return `${type ?? "logs"}-${dataset ?? "generic"}-${namespace ?? "default"}`;
}

const dayEnding = /[-_.]?%\{\+(?:YYYY|yyyy|xxxx)[.-]MM[.-]dd\}$/;

/** The prefix of the daily indices. */
function indexOf(options: Options): string {
  const pattern = options.text("index");
  if (pattern === undefined) {
    options.noteAll("named no index: it is logstash-YYYY.MM.DD here, as Logstash had it before data streams (logs-generic-default)");
    return "logstash";
  }
  const prefix = pattern.replace(dayEnding, "");
  if (prefix === pattern)
    options.note(
      "index",
      `${pattern} has no day at its end: indices are daily here, <index>-YYYY.MM.DD; Kibana's pattern has to match these`,
    );
  else if (!/-%\{\+\w{4}\.MM\.dd\}$/.test(pattern)) options.note("index", `${pattern}: the day is written -YYYY.MM.DD here`);
  else options.note("index", `${pattern}: the day is that of the record's request time; what is no record stands in 1970.01.01`);
  return indexPrefix(prefix.replace(/%\{\+[^}]*\}/g, ""), options);
}

function indexPrefix(pattern: string, options: Options): string {
  const known = pattern.replaceAll(/%\{\[@metadata\]\[beat\]\}/g, () => {
    options.note("index", "%{[@metadata][beat]} became filebeat, which is what Filebeat and the tailer say it is");
    return "filebeat";
  });
  const fields = [...known.matchAll(/%\{([^}]+)\}/g)].map(([, field]) => field ?? "");
  const prefix = known
    .replaceAll(/%\{[^}]*\}/g, "")
    .replaceAll(/[-_.]{2,}/g, "-")
    .replaceAll(/^[-_.]+|[-_.]+$/g, "")
    .toLowerCase();
  if (fields.length > 0)
    options.error(
      "index",
      `${pattern} differs from event to event by ${fields.map(readable).join(", ")}, an output has one index: write an output with a condition (when) for each value`,
    );
  return prefix === "" ? "logstash" : prefix;
}

function readable(field: string): string {
  try {
    return fieldOf(field);
  } catch (error) {
    if (error instanceof NoEquivalent) return field;
    throw error;
  }
}
