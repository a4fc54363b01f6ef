// Made by `npm run reference` from the schemas of the configuration.
import type { Filter, Filters, Input, Output, OutputPlace, Parsed, Place, PipelineEvent, WithDocument } from "../types.ts";

export type EventRecord = {
/** Schema version */ readonly "v": 1;
/** UUID v7, minted once by the gateway at arrival */ readonly "id": string;
/** First byte in; ISO 8601, milliseconds, with offset */ readonly "requestTime": string;
/** Instance name of the gateway */ readonly "gateway": string;
/** Identity of this start of the gateway (each worker has its own) */ readonly "boot": string;
/** 1, 2, 3 … within the boot, given at arrival; a gap is a loss */ readonly "seq": number;
/** Environment, from the route's configuration */ readonly "env"?: string;
/** Project, from the route's configuration */ readonly "project"?: string;
/** Name of the route */ readonly "route"?: string;
/** SOAPAction, first Body child or OpenAPI operationId */ readonly "operation"?: string;
/** API key name, client certificate or app id */ readonly "caller"?: string;
/** Verified JWT subject */ readonly "user"?: string;
/** By the route's rules; without one: status < 400 */ readonly "success"?: boolean;
/** The answer's own code, by the route's rules */ readonly "bizCode"?: string;
/** The answer's own message, by the route's rules */ readonly "bizMessage"?: string;
/** Document numbers that people search by */ readonly "bizKeys"?: readonly (string)[];
/** Added by route, hook or filter */ readonly "labels"?: Readonly<Record<string, (string)>>;
/** requestTime + durationMs */ readonly "responseTime"?: string;
/** From the first byte in to the last byte out */ readonly "durationMs"?: number;
/** What the upstream took */ readonly "upstreamMs"?: number;
/** Until the first byte of the answer */ readonly "ttfbMs"?: number;
/** Sent to the client; 499: the client left */ readonly "status"?: number;
/** HTTP verb */ readonly "method"?: string;
/** Full URL as the client saw it */ readonly "url"?: string;
/** Percent-encoded as received */ readonly "path"?: string;
/** Without the question mark */ readonly "query"?: string;
/** Address of the client, behind trusted proxies */ readonly "clientIp"?: string;
/** User-Agent */ readonly "userAgent"?: string;
/** Referer */ readonly "referer"?: string;
/** Host header as received */ readonly "host"?: string;
/** 1.0, 1.1, 2 */ readonly "httpVersion"?: string;
/** Masked, of a configured list */ readonly "requestHeaders"?: Readonly<Record<string, ((string | readonly (string)[]))>>;
/** Masked, of a configured list */ readonly "responseHeaders"?: Readonly<Record<string, ((string | readonly (string)[]))>>;
/** Decoded, masked, then cut on a character boundary */ readonly "requestContent"?: string;
/** Decoded, masked, then cut on a character boundary */ readonly "responseContent"?: string;
/** On the wire, also when cut */ readonly "requestBytes"?: number;
/** On the wire, also when cut */ readonly "responseBytes"?: number;
/** requestContent was cut */ readonly "requestTruncated"?: boolean;
/** responseContent was cut */ readonly "responseTruncated"?: boolean;
/** How requestContent is kept; absent when plain text */ readonly "requestEncoding"?: ("text" | "base64" | "omitted");
/** How responseContent is kept; absent when plain text */ readonly "responseEncoding"?: ("text" | "base64" | "omitted");
/** Which server answered */ readonly "upstream"?: string;
/** After how many tries */ readonly "attempts"?: number;
/** What went wrong at the gateway */ readonly "error"?: {
readonly "code": string;
readonly "message": string;
};
/** W3C traceparent */ readonly "traceId"?: string;
/** W3C traceparent */ readonly "spanId"?: string;
/** X-Request-Id, which every response carries */ readonly "requestId"?: string;
/** What was masked, by path, never its value */ readonly "redacted"?: readonly (string)[];
};
export type PipelineKeys = {
/** Where health and metrics are served, without TLS: keep it on loopback or a private network. */ readonly "admin"?: {
/** Address of the admin server (/healthz, /readyz, /metrics). */ readonly "host"?: string;
/** Port of the admin server; 0 takes any free port. */ readonly "port"?: number;
/** What `Authorization: Bearer` must hold for all but /healthz, /readyz and /metrics. Without it everybody who reaches the port may read, and changes are taken on a loopback host alone. */ readonly "token"?: string;
};
/** How long a stop may take to drain, flush and checkpoint; after it the app exits 1. */ readonly "shutdownDeadlineMs"?: number;
/** Least severity that is logged (JSON lines on stdout). */ readonly "logLevel"?: ("trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent");
/** Time zone of lines whose times have none, e.g. Asia/Shanghai; fixed once, for it decides a record's day. */ readonly "seedTimeZone"?: string;
/** What of foreign lines never reaches the disk. */ readonly "masking"?: {
/** Lines that no gatelog gateway wrote, and what their senders say of them, are masked before they are on disk; the filter mask does it behind the buffer. */ readonly "foreign"?: boolean;
/** default: secrets. cn-pipl: personal data as well. strict: cn-pipl with strict: true. */ readonly "profile"?: ("default" | "cn-pipl" | "strict");
/** true: a body that is not what its type claims, or has no known type, is omitted. Profile strict where it is left out. */ readonly "strict"?: boolean;
/** fixed: ***. remove: taken out. last4: ***1234 from 8 characters on. hash: hmac: and 16 hexadecimal digits. */ readonly "mode"?: ("fixed" | "remove" | "last4" | "hash");
/** Key of mode hash. */ readonly "hashKey"?: string;
/** Further header names whose values are masked. */ readonly "headers"?: readonly (string)[];
/** Further names of parameters, JSON keys, form fields and XML elements whose values are masked. */ readonly "keys"?: readonly (string)[];
/** Further rules; the first one that fits decides. */ readonly "rules"?: readonly ({
/** Headers of requests and responses. */ readonly "headers"?: readonly (string)[];
/** Query parameters, fragments included. */ readonly "query"?: readonly (string)[];
/** Form fields. */ readonly "form"?: readonly (string)[];
/** Names at any depth: JSON keys, form fields, query parameters, XML elements and attributes. */ readonly "keys"?: readonly (string)[];
/** JSON paths: names, [n], [*], .., such as $.user.cards[*].no; they begin at the body. */ readonly "json"?: readonly (string)[];
/** XML paths of names without prefixes, such as //Card/@no; they begin at the body. */ readonly "xml"?: readonly (string)[];
/** Path of a URL: segments named :x are masked, * is any segment, /** at the end any rest. */ readonly "path"?: string;
/** Regular expression in RE2 syntax; group 1, if there is one, is what is masked. Looked for in all text. */ readonly "pattern"?: string;
/** Flags of the pattern: i, m, s. */ readonly "flags"?: string;
/** How what the rule names is replaced; masking.mode where it is left out. */ readonly "mode"?: ("fixed" | "remove" | "last4" | "hash");
})[];
/** What is found by its own form, in any text. */ readonly "detectors"?: {
/** Chinese mobile telephone numbers; where left out, as the profile says. */ readonly "phone"?: boolean;
/** Chinese identity card numbers, of 18 digits with their checksum and of 15; where left out, as the profile says. */ readonly "idCard"?: boolean;
/** Bank card numbers with their checksum; where left out, as the profile says. */ readonly "bankCard"?: boolean;
/** E-mail addresses; where left out, as the profile says. */ readonly "email"?: boolean;
/** JSON Web Tokens; where left out, as the profile says. */ readonly "jwt"?: boolean;
};
/** Longest line that is masked, and longest JSON of the fields around it. What is longer is omitted, tagged _maskomitted and counted: masking it could hold up all others. */ readonly "charsMax"?: number;
};
/** Names of outputs that were removed, and whose events still in the buffer are given up. */ readonly "abandonedOutputs"?: readonly (string)[];
readonly "buffer": {
/** Directory of the buffer and of the dead letters; one processor at a time. */ readonly "dir": string;
/** Events that an output has not written yet; when it is used up, senders are not acknowledged. */ readonly "bytesMax"?: number;
};
readonly "deadLetters"?: {
/** Events that an output refused for good; when it is used up, that output waits. */ readonly "bytesMax"?: number;
};
readonly "batch"?: {
/** Events that an output writes at once. */ readonly "recordsMax"?: number;
/** Events that an output reads at once; in memory once for each output. */ readonly "bytesMax"?: number;
};
readonly "retry"?: {
/** First pause after an output failed. */ readonly "minMs"?: number;
/** Longest pause while an output fails. */ readonly "maxMs"?: number;
};
/** How long a stop waits for the outputs; what is left stays in the buffer for the next start. */ readonly "drainMsMax"?: number;
/** How a changed configuration is taken up while the processor runs. */ readonly "reload"?: {
/** Whether a changed file is loaded by itself; SIGHUP loads it in any case. */ readonly "watch"?: boolean;
/** How often the files are looked at; a change counts when two looks in a row have seen the same. */ readonly "intervalMs"?: number;
};
readonly "limits"?: {
/** How long a filter that is a user's code, or has a user's pattern, may take for one event; then it failed on it. */ readonly "filterEventMsMax"?: number;
/** Longest line that every store must be able to take; a longer one is tried all the same, and counted. */ readonly "lineBytesMax"?: number;
/** Largest request to a topic; below the brokers' message.max.bytes. */ readonly "topicMessageBytesMax"?: number;
/** Largest bulk request to Elasticsearch; below its http.max_content_length. */ readonly "bulkBytesMax"?: number;
};
};

export type BeatsInputOptions = {
/** Address to listen on for Filebeat, the tailer or Logstash. */ readonly "host"?: string;
/** Port; 0 takes any free port. */ readonly "port"?: number;
/** TLS. Changed files are used for the next connection. */ readonly "tls"?: {
/** PEM file of our certificate, followed by the intermediate ones. */ readonly "cert": string;
/** PEM file of its key. */ readonly "key": string;
/** Of the key, where it is encrypted. */ readonly "passphrase"?: string;
/** PEM files of who issues the senders' certificates. */ readonly "ca"?: readonly (string)[];
/** Whether senders show a certificate that ca vouches for; optional refuses only a wrong one. */ readonly "clientAuthentication"?: ("none" | "optional" | "required");
/** Senders that are let in, by a name of their certificate (common name, host or e-mail address); by default all that ca vouches for. */ readonly "clientNames"?: readonly (string)[];
/** Oldest version of TLS that is spoken. */ readonly "minVersion"?: ("TLSv1.2" | "TLSv1.3");
};
/** Events of one window; a sender that announces more is disconnected. */ readonly "windowEventsMax"?: number;
/** Size of one event; a sender of a larger one is disconnected. */ readonly "jsonBytesMax"?: number;
/** What one compressed frame may inflate to; it is inflated in pieces. */ readonly "inflatedBytesMax"?: number;
/** Events in memory over all connections; beyond it, sockets are not read. */ readonly "inFlightBytesMax"?: number;
/** Connections at the same time; more are refused. */ readonly "connectionsMax"?: number;
/** A sender that is silent for so long is disconnected; one that had nothing to send comes again when it has. */ readonly "inactivityTimeoutMs"?: number;
/** How often a sender that waits for its acknowledgement is told that it is not forgotten. */ readonly "keepAliveMs"?: number;
};

/** Lumberjack versions 1 and 2: Filebeat and other Beats, the gatelog tailer, Logstash's lumberjack output. */
export function beats(options: BeatsInputOptions = {}): Input {
  return { beats: options } as object;
}

export type KafkaInputOptions = {
/** Brokers to begin with, as host:port. */ readonly "brokers": readonly (string)[];
/** Login at the brokers; none by default. */ readonly "sasl"?: {
/** How the password is shown; plain sends it as it is, so only with TLS. */ readonly "mechanism"?: ("plain" | "scram-sha-256" | "scram-sha-512");
/** User name. */ readonly "username": string;
/** Password. */ readonly "password": string;
};
/** TLS. Changed files are used for the next connection. */ readonly "tls"?: {
/** PEM files of whom to trust; else the authorities that Node brings along. */ readonly "ca"?: readonly (string)[];
/** PEM file of our own certificate and the intermediate ones, where the receiver wants one. */ readonly "cert"?: string;
/** PEM file of its key. */ readonly "key"?: string;
/** Of the key, where it is encrypted. */ readonly "passphrase"?: string;
/** certificate verifies who issued the receiver's certificate but not its name; none verifies nothing. */ readonly "verification"?: ("full" | "certificate" | "none");
/** The name to ask for and verify, where it is not the host's. */ readonly "serverName"?: string;
/** Oldest version of TLS that is spoken. */ readonly "minVersion"?: ("TLSv1.2" | "TLSv1.3");
};
/** Name in the brokers' logs and quotas. */ readonly "clientId"?: string;
/** Name of the topic. */ readonly "topic": string;
/** Consumer group; processors of one group share the topic's partitions. */ readonly "group"?: string;
/** event: JSON with the line in message, as of Beats and Logstash; line: as it is; auto: an event where it is one, else a line. */ readonly "codec"?: ("auto" | "event" | "line");
/** One request to a broker. */ readonly "requestTimeoutMs"?: number;
/** After that long without a sign of life the group gives the partitions to another processor. */ readonly "sessionTimeoutMs"?: number;
/** What one fetch asks for, compressed as it is in the topic. */ readonly "fetchBytesMax"?: number;
};

/** A Kafka topic, as a member of a consumer group. */
export function kafka(options: KafkaInputOptions): Input {
  return { kafka: options } as object;
}

export type EmbeddedInputOptions = {
/** Directory of the topic; it is on this machine only. */ readonly "dir": string;
/** Name of the topic. */ readonly "topic": string;
/** Consumer group; processors of one group share the topic's partitions. */ readonly "group"?: string;
/** event: JSON with the line in message, as of Beats and Logstash; line: as it is; auto: an event where it is one, else a line. */ readonly "codec"?: ("auto" | "event" | "line");
};

/** A topic in a directory, which another app on this machine writes; name the group in its output. */
export function embedded(options: EmbeddedInputOptions): Input {
  return { embedded: options } as object;
}

export type HttpInputOptions = {
/** Address to listen on. */ readonly "host"?: string;
/** Port; 0 takes any free port. */ readonly "port"?: number;
/** Path that events are posted to. */ readonly "path"?: string;
/** event: JSON with the line in message, as of Beats and Logstash; line: as it is; auto: an event where it is one, else a line. */ readonly "codec"?: ("auto" | "event" | "line");
/** TLS. Changed files are used for the next connection. */ readonly "tls"?: {
/** PEM file of our certificate, followed by the intermediate ones. */ readonly "cert": string;
/** PEM file of its key. */ readonly "key": string;
/** Of the key, where it is encrypted. */ readonly "passphrase"?: string;
/** PEM files of who issues the senders' certificates. */ readonly "ca"?: readonly (string)[];
/** Whether senders show a certificate that ca vouches for; optional refuses only a wrong one. */ readonly "clientAuthentication"?: ("none" | "optional" | "required");
/** Senders that are let in, by a name of their certificate (common name, host or e-mail address); by default all that ca vouches for. */ readonly "clientNames"?: readonly (string)[];
/** Oldest version of TLS that is spoken. */ readonly "minVersion"?: ("TLSv1.2" | "TLSv1.3");
};
/** What a sender has to show; else it gets 401. */ readonly "auth"?: ({
readonly "basic": {
/** User name, without a colon. */ readonly "username": string;
/** Password. */ readonly "password": string;
};
} | {
readonly "bearer": {
/** Token. */ readonly "token": string;
};
});
/** Body of one request, inflated; a sender of a larger one gets 413. */ readonly "bodyBytesMax"?: number;
/** Bodies in memory over all requests; beyond it senders get 429 with Retry-After. */ readonly "inFlightBytesMax"?: number;
/** Connections at the same time; more are refused. */ readonly "connectionsMax"?: number;
/** How long a request may take to arrive; then the sender gets 408. */ readonly "requestTimeoutMs"?: number;
/** How long a sender waits for events to be on disk while the buffer has no room; then it gets 503 with Retry-After. */ readonly "ackTimeoutMs"?: number;
};

/** HTTP: one event a line (NDJSON), or JSON: an object or an array of them; gzip or plain. */
export function httpInput(options: HttpInputOptions = {}): Input {
  return { http: options } as object;
}

export type FileInputOptions = {
/** Files to read: paths or globs (*, ?, [...], {a,b}, **). Match rotated names too. */ readonly "paths": readonly (string)[];
/** Globs of files that are not read although paths match them. */ readonly "exclude"?: readonly (string)[];
/** Where it is remembered what is in the buffer; one input each. Never lose it: files would be read again under new ids. */ readonly "registryDir": string;
/** event: JSON with the line in message, as of Beats and Logstash; line: as it is; auto: an event where it is one, else a line. */ readonly "codec"?: ("auto" | "event" | "line");
/** How the files are written; events are UTF-8. */ readonly "encoding"?: ("utf-8" | "utf-16le" | "utf-16be" | "gbk" | "gb18030" | "big5" | "latin1");
/** end: of files that are there when this input is seen for the first time, only what is added later. */ readonly "startAt"?: ("beginning" | "end");
/** Longest line; a longer one is cut and counted. */ readonly "lineBytesMax"?: number;
/** How often directories are looked at. */ readonly "scanIntervalMs"?: number;
};

/** Files on this machine, through rotation; for containers, joined lines and deletion use the tailer. */
export function fileInput(options: FileInputOptions): Input {
  return { file: options } as object;
}

export type StdinInputOptions = {
/** event: JSON with the line in message, as of Beats and Logstash; line: as it is; auto: an event where it is one, else a line. */ readonly "codec"?: ("auto" | "event" | "line");
/** Longest line; the rest of a longer one is a line of its own. */ readonly "lineBytesMax"?: number;
};

/** Standard input, a line an event. When it ends and is the only input, the processor stops. */
export function stdin(options: StdinInputOptions = {}): Input {
  return { stdin: options } as object;
}

export type TopicOutputOptions = ({
readonly "kafka": {
/** Brokers to begin with, as host:port. */ readonly "brokers": readonly (string)[];
/** Login at the brokers; none by default. */ readonly "sasl"?: {
/** How the password is shown; plain sends it as it is, so only with TLS. */ readonly "mechanism"?: ("plain" | "scram-sha-256" | "scram-sha-512");
/** User name. */ readonly "username": string;
/** Password. */ readonly "password": string;
};
/** TLS. Changed files are used for the next connection. */ readonly "tls"?: {
/** PEM files of whom to trust; else the authorities that Node brings along. */ readonly "ca"?: readonly (string)[];
/** PEM file of our own certificate and the intermediate ones, where the receiver wants one. */ readonly "cert"?: string;
/** PEM file of its key. */ readonly "key"?: string;
/** Of the key, where it is encrypted. */ readonly "passphrase"?: string;
/** certificate verifies who issued the receiver's certificate but not its name; none verifies nothing. */ readonly "verification"?: ("full" | "certificate" | "none");
/** The name to ask for and verify, where it is not the host's. */ readonly "serverName"?: string;
/** Oldest version of TLS that is spoken. */ readonly "minVersion"?: ("TLSv1.2" | "TLSv1.3");
};
/** Name in the brokers' logs and quotas. */ readonly "clientId"?: string;
/** Idempotent writes; auto falls back with a warning where the brokers are older than 0.11. */ readonly "idempotent"?: ("auto" | "on" | "off");
/** Partitions of the topic where it has to be created. */ readonly "partitions"?: number;
/** Copies of the topic where it has to be created; else the brokers' default. */ readonly "replicationFactor"?: number;
/** One request to a broker. */ readonly "requestTimeoutMs"?: number;
/** Sending one batch; then its outcome counts as unknown and it is sent again. */ readonly "sendTimeoutMs"?: number;
};
/** Name of the topic. */ readonly "name": string;
/** What a message is: the raw line, a record projected to the seed's seven fields, or the whole event as JSON. */ readonly "value"?: ("raw" | "seed" | "event");
/** Compression of messages to Kafka; zstd needs brokers from 2.1 and Node from 22.15 on. */ readonly "compression"?: ("none" | "gzip" | "snappy" | "zstd");
/** Field whose value is the message's key, and so chooses its partition; the id where an event has no such field. */ readonly "key"?: string;
/** Further headers, name: field; an event without the field has no such header. gatelog- begins our own. */ readonly "headers"?: Readonly<Record<string, (string)>>;
/** Kafka only: chooses an event's topic by its fields. An event without these fields goes to the topic `name`. */ readonly "nameBy"?: {
/** The topic of an event, with the values of its fields in their places, such as logs-%{fields.team}. */ readonly "template": string;
/** Regular expression that a whole name must match; what does not goes to the topic `name`, and is counted. */ readonly "allowed"?: string;
/** So many topics at most since the start; what would be one more goes to the topic `name`, and is counted. */ readonly "topicsMax"?: number;
};
} | {
readonly "embedded": {
/** Directory of the topic; it is on this machine only. */ readonly "dir": string;
/** Consumer groups whose unread messages are kept; name each before it is needed. */ readonly "groups"?: readonly (string)[];
/** Unread messages beyond it hold this output back. */ readonly "bytesMax"?: number;
};
/** Name of the topic. */ readonly "name": string;
/** What a message is: the raw line, a record projected to the seed's seven fields, or the whole event as JSON. */ readonly "value"?: ("raw" | "seed" | "event");
/** Compression of messages to Kafka; zstd needs brokers from 2.1 and Node from 22.15 on. */ readonly "compression"?: ("none" | "gzip" | "snappy" | "zstd");
/** Field whose value is the message's key, and so chooses its partition; the id where an event has no such field. */ readonly "key"?: string;
/** Further headers, name: field; an event without the field has no such header. gatelog- begins our own. */ readonly "headers"?: Readonly<Record<string, (string)>>;
/** Kafka only: chooses an event's topic by its fields. An event without these fields goes to the topic `name`. */ readonly "nameBy"?: {
/** The topic of an event, with the values of its fields in their places, such as logs-%{fields.team}. */ readonly "template": string;
/** Regular expression that a whole name must match; what does not goes to the topic `name`, and is counted. */ readonly "allowed"?: string;
/** So many topics at most since the start; what would be one more goes to the topic `name`, and is counted. */ readonly "topicsMax"?: number;
};
});

/** A Kafka topic, or one in a directory. */
export function topic(options: TopicOutputOptions, place: OutputPlace = {}): Output {
  return { topic: options, ...place } as object;
}

export type ElasticsearchOutputOptions = {
/** URLs of Elasticsearch 7 to 9 or OpenSearch; requests go to them in turn, and not to one that does not answer. */ readonly "nodes": readonly (string)[];
/** Prefix of the indices; each day of records has its own, <index>-YYYY.MM.DD. */ readonly "index"?: string;
/** A data stream, e.g. logs-gatelog-default, in the place of daily indices; an event that is sent again after a rollover is then there twice. */ readonly "dataStream"?: string;
/** Credentials; the user needs monitor, manage_index_templates, create_index and create, with retentionDays also manage_ilm. */ readonly "auth"?: ({
/** API key, as the cluster encodes it. */ readonly "apiKey": string;
} | {
readonly "basic": {
/** User name. */ readonly "username": string;
/** Password. */ readonly "password": string;
};
});
/** TLS. Changed files are used for the next connection. */ readonly "tls"?: {
/** PEM files of whom to trust; else the authorities that Node brings along. */ readonly "ca"?: readonly (string)[];
/** PEM file of our own certificate and the intermediate ones, where the receiver wants one. */ readonly "cert"?: string;
/** PEM file of its key. */ readonly "key"?: string;
/** Of the key, where it is encrypted. */ readonly "passphrase"?: string;
/** certificate verifies who issued the receiver's certificate but not its name; none verifies nothing. */ readonly "verification"?: ("full" | "certificate" | "none");
/** The name to ask for and verify, where it is not the host's. */ readonly "serverName"?: string;
/** Oldest version of TLS that is spoken. */ readonly "minVersion"?: ("TLSv1.2" | "TLSv1.3");
};
/** gzip of requests: 0 sends them as they are, 1 is fast, 9 compresses most. */ readonly "compressionLevel"?: number;
/** Size of a bulk request that is aimed for, before gzip, so that a batch is several of them; limits.bulkBytesMax is the most. */ readonly "bulkBytes"?: number;
/** Bulk requests at the same time, at most; how many there are follows what the cluster can do. */ readonly "requestsInFlightMax"?: number;
/** How long a node may take for one request; then the next node is asked. */ readonly "requestTimeoutMs"?: number;
/** Installs the index template at start, and in the place of an older one; false leaves it to whoever runs the cluster. */ readonly "manageTemplate"?: boolean;
/** Makes fields searchable that the template does not have, as Logstash's does; false stores them, and no sender can make the mapping grow. */ readonly "dynamicMapping"?: boolean;
/** The cluster deletes an index so long after it was made (ILM, ISM); by default it deletes none. */ readonly "retentionDays"?: number;
};

/** Elasticsearch or OpenSearch. */
export function elasticsearch(options: ElasticsearchOutputOptions, place: OutputPlace = {}): Output {
  return { elasticsearch: options, ...place } as object;
}

export type HttpOutputOptions = {
/** Where events are POSTed. */ readonly "url": string;
/** A body is one event a line (application/x-ndjson), or a list of events (application/json). */ readonly "format"?: ("ndjson" | "json");
/** Further headers of a request, name: value. */ readonly "headers"?: Readonly<Record<string, (string)>>;
/** Credentials. */ readonly "auth"?: ({
/** Token of Authorization: Bearer. */ readonly "bearer": string;
} | {
readonly "basic": {
/** User name. */ readonly "username": string;
/** Password. */ readonly "password": string;
};
});
/** TLS. Changed files are used for the next connection. */ readonly "tls"?: {
/** PEM files of whom to trust; else the authorities that Node brings along. */ readonly "ca"?: readonly (string)[];
/** PEM file of our own certificate and the intermediate ones, where the receiver wants one. */ readonly "cert"?: string;
/** PEM file of its key. */ readonly "key"?: string;
/** Of the key, where it is encrypted. */ readonly "passphrase"?: string;
/** certificate verifies who issued the receiver's certificate but not its name; none verifies nothing. */ readonly "verification"?: ("full" | "certificate" | "none");
/** The name to ask for and verify, where it is not the host's. */ readonly "serverName"?: string;
/** Oldest version of TLS that is spoken. */ readonly "minVersion"?: ("TLSv1.2" | "TLSv1.3");
};
/** gzip of requests: 0 sends them as they are, 1 is fast, 9 compresses most. */ readonly "compressionLevel"?: number;
/** Events of one request. */ readonly "requestEventsMax"?: number;
/** Size of one request, before gzip; an event that is larger goes alone. Halved where the server answers 413. */ readonly "requestBytesMax"?: number;
/** How long a server may take for one request; then it is sent again. */ readonly "requestTimeoutMs"?: number;
};

/** Any HTTP server; 2xx is delivered. An event may come twice, with the same id. */
export function httpOutput(options: HttpOutputOptions, place: OutputPlace = {}): Output {
  return { http: options, ...place } as object;
}

export type FileOutputOptions = {
/** The file; rotated ones are beside it, with .1, .2 … behind their names. */ readonly "path": string;
/** One JSON event a line, or the lines as they are. */ readonly "format"?: ("event" | "raw");
/** Size at which the file is rotated. */ readonly "rotateBytesMax"?: number;
/** Files that are kept, the present one included; the oldest is overwritten. */ readonly "filesMax"?: number;
};

/** A file on this machine, fsynced before an event counts as delivered. After a kill the last events may come twice. */
export function fileOutput(options: FileOutputOptions, place: OutputPlace = {}): Output {
  return { file: options, ...place } as object;
}

export type StdoutOutputOptions = {
/** One JSON event a line, or the lines as they are. */ readonly "format"?: ("event" | "raw");
};

/** Standard output, for trying things out; the log goes to standard error then. */
export function stdout(options: StdoutOutputOptions = {}, place: OutputPlace = {}): Output {
  return { stdout: options, ...place } as object;
}

export type DiscardOutputOptions = { readonly [key in never]: never };

/** Nowhere: events are counted and forgotten. For trying out filters, and for measuring; as Logstash's null output. */
export function discard(options: DiscardOutputOptions = {}, place: OutputPlace = {}): Output {
  return { discard: options, ...place } as object;
}

export type AddTagOptions = {
/** The tags; they may have fields in them, `%{field}`. */ readonly "tags": readonly (string)[];
};

/** Adds tags that the event does not have yet. */
export function addTag<E extends PipelineEvent = PipelineEvent>(options: AddTagOptions, place: Place<E> = {}): Filter<E, E> {
  return { addTag: options, ...place } as object;
}

export type CidrOptions = {
/** Field that holds an address, or a list of them, of which one is enough. */ readonly "source"?: string;
/** Networks such as 10.0.0.0/8 and fd00::/8, and single addresses. */ readonly "networks": readonly (string)[];
/** Tag that is added. */ readonly "tag"?: string;
/** Field that is set. */ readonly "target"?: string;
/** What the field target is set to. */ readonly "value"?: (string | number | boolean);
};

/** Adds a tag, or sets a field, where an address is in one of the networks. */
export function cidr<E extends PipelineEvent = PipelineEvent>(options: CidrOptions, place: Place<E> = {}): Filter<E, E> {
  return { cidr: options, ...place } as object;
}

export type ConvertOptions = {
/** Types by the names of the fields: integer, float, boolean, string. */ readonly "fields"?: Readonly<Record<string, (("integer" | "float" | "boolean" | "string"))>>;
};

/** Makes integers, floats, booleans or texts of fields' values, or of each value of a list; what cannot be one stays, and is a failure. */
export function convert<E extends PipelineEvent = PipelineEvent>(options: ConvertOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { convert: options, ...place } as object;
}

export type CopyOptions = {
/** The copies' names by the names of what is copied; id, time and type may be copied too. */ readonly "fields"?: Readonly<Record<string, (string)>>;
};

/** Copies fields to others, which are replaced; a field that is missing is left out. */
export function copy<E extends PipelineEvent = PipelineEvent>(options: CopyOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { copy: options, ...place } as object;
}

export type DateOptions = {
/** Field that holds the time. */ readonly "source": string;
/** Formats, tried in turn: Joda's letters as in Logstash (`dd/MMM/yyyy:HH:mm:ss Z`, `MMM dd HH:mm:ss`; English names), ISO8601, UNIX (seconds), UNIX_MS, TAI64N. */ readonly "formats": readonly (string)[];
/** Time zone of times that name none, such as Asia/Shanghai or +08:00; default seedTimeZone. */ readonly "timeZone"?: string;
/** Field that gets the time, as ISO 8601 in UTC with milliseconds. */ readonly "target"?: string;
};

/** Reads a time from a text or a number. A year that is not there is the one nearest to the event's time. The event's own time, by which it is filed, is fixed once and stays. */
export function date<E extends PipelineEvent = PipelineEvent>(options: DateOptions, place: Place<E> = {}): Filter<E, E> {
  return { date: options, ...place } as object;
}

export type DissectOptions = {
/** Field that is taken apart. */ readonly "source"?: string;
/** Fields with the delimiters between them: %{name}; %{+name} appends, with the delimiter before it, %{+name/2} in that order; %{} and %{?name} find, but keep nothing; %{&name} is the value of the field that %{?name} found the name of; %{name->} takes several delimiters behind it as one. */ readonly "pattern": string;
/** Types by the names of found fields: integer, float, boolean. */ readonly "convert"?: Readonly<Record<string, (("integer" | "float" | "boolean"))>>;
};

/** Takes a text apart by the delimiters in it, without regular expressions; a text that is not as the pattern says stays as it is. */
export function dissect<E extends PipelineEvent = PipelineEvent>(options: DissectOptions, place: Place<E> = {}): Filter<E, E> {
  return { dissect: options, ...place } as object;
}

export type DropOptions = { readonly [key in never]: never };

/** Drops the event, for every output; counted. Give it a condition with `when`. */
export function drop<E extends PipelineEvent = PipelineEvent>(options: DropOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { drop: options, ...place } as object;
}

export type EcsOptions = { readonly [key in never]: never };

/** Makes the document for Elasticsearch, with ECS names, of what parseRecord read; filters behind it change that document. */
export function ecs<E extends PipelineEvent = PipelineEvent>(options: EcsOptions = {}, place: Place<E> = {}): Filter<E, E & WithDocument> {
  return { ecs: options, ...place } as object;
}

export type FingerprintOptions = {
/** Fields that are hashed, together with their names. */ readonly "fields": readonly (string)[];
/** Field for the hash. */ readonly "target"?: string;
/** How it is hashed; murmur3 (32 bits) is fast, and easy to forge. */ readonly "method"?: ("sha256" | "sha1" | "md5" | "murmur3");
/** Makes the hash an HMAC, so that nobody without the key can try values. */ readonly "key"?: string;
};

/** Puts a hash over fields into a field, in hexadecimal digits; nothing where none of them is there. The event's id stays what it is. */
export function fingerprint<E extends PipelineEvent = PipelineEvent>(options: FingerprintOptions, place: Place<E> = {}): Filter<E, E> {
  return { fingerprint: options, ...place } as object;
}

export type GeoipOptions = {
/** Field that holds an address, or a list of them, of which the first counts. */ readonly "source"?: string;
/** The .mmdb file; read anew when it changes. A broken one is told of, and the one before stays. */ readonly "file": string;
/** Field below which geo and as are put. */ readonly "target"?: string;
/** Language of names, such as zh-CN, where the file has it; else English. */ readonly "locale"?: string;
/** Tags for an address that the file does not know. Logstash gives _geoip_lookup_failure. */ readonly "tagOnUnknown"?: readonly (string)[];
/** How often the file is looked at. */ readonly "refreshMs"?: number;
};

/** Looks an address up in a MaxMind file (City, Country or ASN) and puts what it says into the fields of ECS: geo.country_iso_code, geo.city_name, geo.location and the like, as.number and as.organization.name; nothing where the file does not know the address, such as a private one. */
export function geoip<E extends PipelineEvent = PipelineEvent>(options: GeoipOptions, place: Place<E> = {}): Filter<E, E> {
  return { geoip: options, ...place } as object;
}

export type GrokOptions = {
/** Field that the patterns are matched on. */ readonly "source"?: string;
/** Patterns, tried in turn: regular expressions with %{NAME}, %{NAME:field} and %{NAME:field:int} (or float, boolean) in them, and groups (?<field>…). */ readonly "match": readonly (string)[];
/** Own patterns by name; they go before those that are known. */ readonly "patterns"?: Readonly<Record<string, (string)>>;
/** Field below which all found fields are put. */ readonly "target"?: string;
/** Ends at the first pattern that matches; false adds the fields of the others. */ readonly "breakOnMatch"?: boolean;
/** Fields that are replaced by what is found; what another field has already is kept, and the found value added to it as a list. Without message here the line is kept, and a found message becomes _message. */ readonly "overwrite"?: readonly (string)[];
/** False makes fields of %{IP} too, named as the pattern. */ readonly "namedCapturesOnly"?: boolean;
/** Makes fields of captures that are empty, too. */ readonly "keepEmptyCaptures"?: boolean;
/** Tags for a text that no pattern matches; then that is no failure. Default: a failure, with the tag _grokparsefailure. */ readonly "tagOnFailure"?: readonly (string)[];
};

/** Finds fields in a text by patterns with names, such as %{COMBINEDAPACHELOG}; the known patterns are Logstash's, and give ECS names as Logstash 8 does. */
export function grok<E extends PipelineEvent = PipelineEvent>(options: GrokOptions, place: Place<E> = {}): Filter<E, E> {
  return { grok: options, ...place } as object;
}

export type GsubOptions = {
/** Name of the field. */ readonly "field": string;
/** Regular expression, as JavaScript has it. */ readonly "pattern": string;
/** Text instead; $1 or $<name> is what a group matched, $& the whole, $$ a dollar sign. */ readonly "replacement": string;
/** Small and capital letters count as the same. */ readonly "ignoreCase"?: boolean;
};

/** Replaces every part of a text that a regular expression matches, also in each text of a list. */
export function gsub<E extends PipelineEvent = PipelineEvent>(options: GsubOptions, place: Place<E> = {}): Filter<E, E> {
  return { gsub: options, ...place } as object;
}

export type JoinOptions = {
/** Separators by the names of the fields. */ readonly "fields"?: Readonly<Record<string, (string)>>;
};

/** Makes texts of lists, with a separator between the values; what is no list stays as it is. */
export function join<E extends PipelineEvent = PipelineEvent>(options: JoinOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { join: options, ...place } as object;
}

export type JsonOptions = {
/** Field that holds JSON text. */ readonly "source"?: string;
/** Field that becomes the object. Without it the object's keys become fields of the event; of these, message (see overwriteMessage), gatelog, @metadata, and tags and @timestamp that are none, are kept with an underscore before them. */ readonly "target"?: string;
/** Without target: the object's key message becomes the event's line, for every output. */ readonly "overwriteMessage"?: boolean;
/** Text that is no JSON object is left as it is, and is no failure. */ readonly "skipInvalid"?: boolean;
};

/** Reads a field that holds the text of a JSON object, and makes fields of it. */
export function json<E extends PipelineEvent = PipelineEvent>(options: JsonOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { json: options, ...place } as object;
}

export type KvOptions = {
/** Field that holds the pairs. */ readonly "source"?: string;
/** Field that becomes the object of all pairs. Without it the keys become fields of the event. */ readonly "target"?: string;
/** Characters, each of which ends a pair. */ readonly "fieldSeparators"?: string;
/** Characters, each of which stands between key and value. */ readonly "valueSeparators"?: string;
/** Characters that stand around a value with separators in it; within them a backslash keeps one of them. */ readonly "quotes"?: string;
/** (…), […] and <…> around a value count as quotes. */ readonly "includeBrackets"?: boolean;
/** Characters that are taken off both ends of keys. */ readonly "trimKey"?: string;
/** Characters that are taken off both ends of values. */ readonly "trimValue"?: string;
/** Text before the name of every key. */ readonly "prefix"?: string;
/** Keys that are kept, as they stand in the text; default all. */ readonly "includeKeys"?: readonly (string)[];
/** Keys that are left out, as they stand in the text. */ readonly "excludeKeys"?: readonly (string)[];
/** The values of a key that stands there several times become a list; false leaves equal ones out of it. */ readonly "allowDuplicateValues"?: boolean;
/** Pairs that are read of a text; one with more is a failure, and the first of them are kept. */ readonly "pairsMax"?: number;
};

/** Reads pairs such as `user=ada status=200`, quoted values too, and makes fields of them. */
export function kv<E extends PipelineEvent = PipelineEvent>(options: KvOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { kv: options, ...place } as object;
}

export type LowercaseOptions = {
/** Names of the fields. */ readonly "fields": readonly (string)[];
};

/** Writes texts in small letters, also each text of a list. */
export function lowercase<E extends PipelineEvent = PipelineEvent>(options: LowercaseOptions, place: Place<E> = {}): Filter<E, E> {
  return { lowercase: options, ...place } as object;
}

export type MaskOptions = {
/** default: secrets. cn-pipl: personal data as well. strict: cn-pipl with strict: true. */ readonly "profile"?: ("default" | "cn-pipl" | "strict");
/** true: a body that is not what its type claims, or has no known type, is omitted. Profile strict where it is left out. */ readonly "strict"?: boolean;
/** fixed: ***. remove: taken out. last4: ***1234 from 8 characters on. hash: hmac: and 16 hexadecimal digits. */ readonly "mode"?: ("fixed" | "remove" | "last4" | "hash");
/** Key of mode hash. */ readonly "hashKey"?: string;
/** Further header names whose values are masked. */ readonly "headers"?: readonly (string)[];
/** Further names of parameters, JSON keys, form fields and XML elements whose values are masked. */ readonly "keys"?: readonly (string)[];
/** Further rules; the first one that fits decides. */ readonly "rules"?: readonly ({
/** Headers of requests and responses. */ readonly "headers"?: readonly (string)[];
/** Query parameters, fragments included. */ readonly "query"?: readonly (string)[];
/** Form fields. */ readonly "form"?: readonly (string)[];
/** Names at any depth: JSON keys, form fields, query parameters, XML elements and attributes. */ readonly "keys"?: readonly (string)[];
/** JSON paths: names, [n], [*], .., such as $.user.cards[*].no; they begin at the body. */ readonly "json"?: readonly (string)[];
/** XML paths of names without prefixes, such as //Card/@no; they begin at the body. */ readonly "xml"?: readonly (string)[];
/** Path of a URL: segments named :x are masked, * is any segment, /** at the end any rest. */ readonly "path"?: string;
/** Regular expression in RE2 syntax; group 1, if there is one, is what is masked. Looked for in all text. */ readonly "pattern"?: string;
/** Flags of the pattern: i, m, s. */ readonly "flags"?: string;
/** How what the rule names is replaced; masking.mode where it is left out. */ readonly "mode"?: ("fixed" | "remove" | "last4" | "hash");
})[];
/** What is found by its own form, in any text. */ readonly "detectors"?: {
/** Chinese mobile telephone numbers; where left out, as the profile says. */ readonly "phone"?: boolean;
/** Chinese identity card numbers, of 18 digits with their checksum and of 15; where left out, as the profile says. */ readonly "idCard"?: boolean;
/** Bank card numbers with their checksum; where left out, as the profile says. */ readonly "bankCard"?: boolean;
/** E-mail addresses; where left out, as the profile says. */ readonly "email"?: boolean;
/** JSON Web Tokens; where left out, as the profile says. */ readonly "jwt"?: boolean;
};
/** Longest line that is masked, and longest JSON of the fields around it. What is longer is omitted, tagged _maskomitted and counted: masking it could hold up all others. */ readonly "charsMax"?: number;
};

/** Masks secrets and personal data in the line, in what parseRecord read of it and in the fields, for every output; stands before ecs, whose document is made of these. */
export function mask<E extends PipelineEvent = PipelineEvent>(options: MaskOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { mask: options, ...place } as object;
}

export type MergeOptions = {
/** The field whose values are added, by the name of the field that gets them. */ readonly "fields"?: Readonly<Record<string, (string)>>;
};

/** Adds a field's values to another field: two objects become one, everything else a list. */
export function merge<E extends PipelineEvent = PipelineEvent>(options: MergeOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { merge: options, ...place } as object;
}

export type ParseRecordOptions = { readonly [key in never]: never };

/** Reads the line as a record of a gatelog gateway, or of the seed's seven fields; its fields are then `record.status` and so on. */
export function parseRecord<E extends PipelineEvent = PipelineEvent>(options: ParseRecordOptions = {}, place: Place<E> = {}): Filter<E, E & Parsed> {
  return { parseRecord: options, ...place } as object;
}

export type RemoveOptions = {
/** Names of the fields. */ readonly "fields": readonly (string)[];
};

/** Takes fields away; the message becomes an empty text. */
export function remove<E extends PipelineEvent = PipelineEvent>(options: RemoveOptions, place: Place<E> = {}): Filter<E, E> {
  return { remove: options, ...place } as object;
}

export type RemoveTagOptions = {
/** The tags. */ readonly "tags": readonly (string)[];
};

/** Takes tags away that the event has, at this place of the pipeline. */
export function removeTag<E extends PipelineEvent = PipelineEvent>(options: RemoveTagOptions, place: Place<E> = {}): Filter<E, E> {
  return { removeTag: options, ...place } as object;
}

export type RenameOptions = {
/** New names by the old ones. */ readonly "fields"?: Readonly<Record<string, (string)>>;
};

/** Gives fields other names; a field that has the new name is replaced, and one that is missing left out. */
export function rename<E extends PipelineEvent = PipelineEvent>(options: RenameOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { rename: options, ...place } as object;
}

export type SampleOptions = {
/** Share that is kept, such as 0.1 for one in ten. */ readonly "share": number;
/** Any text; with another one, another sample draws independently of this one. */ readonly "salt"?: string;
};

/** Keeps a share of the events and drops the others, for every output; decided by the event's id, so that an event that comes again is decided alike. */
export function sample<E extends PipelineEvent = PipelineEvent>(options: SampleOptions, place: Place<E> = {}): Filter<E, E> {
  return { sample: options, ...place } as object;
}

export type ScriptOptions<E> = {
/** The function, (event) => void or false. */ readonly "run": (event: E) => void | boolean;
};

/** Runs a function of the event, of a pipeline.ts: it changes the event, and returns nothing, or false to drop it. Synchronous, and stopped when it takes longer than limits.filterEventMsMax. */
export function script<E extends PipelineEvent = PipelineEvent>(options: ScriptOptions<E>, place: Place<E> = {}): Filter<E, E> {
  return { script: options, ...place } as object;
}

export type SetOptions = {
/** Values by the names of their fields; texts may have other fields in them, `%{field}`, which stays so where the field is missing. */ readonly "fields"?: Readonly<Record<string, (unknown)>>;
/** Leaves fields alone that are there already. */ readonly "onlyIfMissing"?: boolean;
};

/** Gives fields a value, in the order in which they are written; fields that are there are replaced. */
export function set<E extends PipelineEvent = PipelineEvent>(options: SetOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { set: options, ...place } as object;
}

export type SplitOptions = {
/** Separators by the names of the fields; an empty one parts every character. */ readonly "fields"?: Readonly<Record<string, (string)>>;
/** Parts that a text may have; one with more stays as it is, and is a failure. */ readonly "partsMax"?: number;
};

/** Makes lists of texts, one of the parts between a separator; the event stays one. */
export function split<E extends PipelineEvent = PipelineEvent>(options: SplitOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { split: options, ...place } as object;
}

export type TranslateOptions = {
/** Field whose value is looked up; numbers as their digits. */ readonly "source": string;
/** Field for what is found; source where left out. */ readonly "target"?: string;
/** The table itself: { text: translation }. */ readonly "map"?: Readonly<Record<string, (unknown)>>;
/** File with the table: .json or .yaml (an object), or .csv (two columns, no heading). */ readonly "file"?: string;
/** exact: the whole value. regexp: the table's keys are RE2 patterns, of which the first one found in the value counts. */ readonly "match"?: ("exact" | "regexp");
/** What the target becomes where nothing is found. */ readonly "fallback"?: unknown;
/** How often the file is looked at. */ readonly "refreshMs"?: number;
};

/** Looks a field's value up in a table and puts what stands there into another field; a file is read anew when it changes. */
export function translate<E extends PipelineEvent = PipelineEvent>(options: TranslateOptions, place: Place<E> = {}): Filter<E, E> {
  return { translate: options, ...place } as object;
}

export type TrimOptions = {
/** Names of the fields. */ readonly "fields": readonly (string)[];
};

/** Takes white space off both ends of texts, also of each text of a list. */
export function trim<E extends PipelineEvent = PipelineEvent>(options: TrimOptions, place: Place<E> = {}): Filter<E, E> {
  return { trim: options, ...place } as object;
}

export type UppercaseOptions = {
/** Names of the fields. */ readonly "fields": readonly (string)[];
};

/** Writes texts in capital letters, also each text of a list. */
export function uppercase<E extends PipelineEvent = PipelineEvent>(options: UppercaseOptions, place: Place<E> = {}): Filter<E, E> {
  return { uppercase: options, ...place } as object;
}

export type UrlPartsOptions = {
/** Field that holds a URL, or the path and query of one. */ readonly "source"?: string;
/** Field below which the parts are put. */ readonly "target"?: string;
};

/** Takes a URL apart into the fields of ECS: original, scheme, domain, port, path, extension, query, fragment and username; never its password. */
export function urlParts<E extends PipelineEvent = PipelineEvent>(options: UrlPartsOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { urlParts: options, ...place } as object;
}

export type UserAgentOptions = {
/** Field that holds the header's value. */ readonly "source"?: string;
/** Field below which the findings are put. */ readonly "target"?: string;
};

/** Reads a User-Agent header into the fields of ECS: name, version, os.name, os.version, os.full, device.name and original. */
export function userAgent<E extends PipelineEvent = PipelineEvent>(options: UserAgentOptions = {}, place: Place<E> = {}): Filter<E, E> {
  return { userAgent: options, ...place } as object;
}

/** Filters in a row, of which each sees what those before it found: behind `parseRecord()` the compiler knows the record's fields. */
export function pipe<E0, E1>(f0: Filter<E0, E1>): Filters<E0, E1>;
export function pipe<E0, E1, E2>(f0: Filter<E0, E1>, f1: Filter<E1, E2>): Filters<E0, E2>;
export function pipe<E0, E1, E2, E3>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>): Filters<E0, E3>;
export function pipe<E0, E1, E2, E3, E4>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>): Filters<E0, E4>;
export function pipe<E0, E1, E2, E3, E4, E5>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>): Filters<E0, E5>;
export function pipe<E0, E1, E2, E3, E4, E5, E6>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>): Filters<E0, E6>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>): Filters<E0, E7>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>): Filters<E0, E8>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>): Filters<E0, E9>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>): Filters<E0, E10>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>): Filters<E0, E11>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>): Filters<E0, E12>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>): Filters<E0, E13>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>): Filters<E0, E14>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>): Filters<E0, E15>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>): Filters<E0, E16>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>): Filters<E0, E17>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>): Filters<E0, E18>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>): Filters<E0, E19>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>): Filters<E0, E20>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>): Filters<E0, E21>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>): Filters<E0, E22>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>): Filters<E0, E23>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23, E24>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>, f23: Filter<E23, E24>): Filters<E0, E24>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23, E24, E25>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>, f23: Filter<E23, E24>, f24: Filter<E24, E25>): Filters<E0, E25>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23, E24, E25, E26>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>, f23: Filter<E23, E24>, f24: Filter<E24, E25>, f25: Filter<E25, E26>): Filters<E0, E26>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23, E24, E25, E26, E27>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>, f23: Filter<E23, E24>, f24: Filter<E24, E25>, f25: Filter<E25, E26>, f26: Filter<E26, E27>): Filters<E0, E27>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23, E24, E25, E26, E27, E28>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>, f23: Filter<E23, E24>, f24: Filter<E24, E25>, f25: Filter<E25, E26>, f26: Filter<E26, E27>, f27: Filter<E27, E28>): Filters<E0, E28>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23, E24, E25, E26, E27, E28, E29>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>, f23: Filter<E23, E24>, f24: Filter<E24, E25>, f25: Filter<E25, E26>, f26: Filter<E26, E27>, f27: Filter<E27, E28>, f28: Filter<E28, E29>): Filters<E0, E29>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23, E24, E25, E26, E27, E28, E29, E30>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>, f23: Filter<E23, E24>, f24: Filter<E24, E25>, f25: Filter<E25, E26>, f26: Filter<E26, E27>, f27: Filter<E27, E28>, f28: Filter<E28, E29>, f29: Filter<E29, E30>): Filters<E0, E30>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23, E24, E25, E26, E27, E28, E29, E30, E31>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>, f23: Filter<E23, E24>, f24: Filter<E24, E25>, f25: Filter<E25, E26>, f26: Filter<E26, E27>, f27: Filter<E27, E28>, f28: Filter<E28, E29>, f29: Filter<E29, E30>, f30: Filter<E30, E31>): Filters<E0, E31>;
export function pipe<E0, E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16, E17, E18, E19, E20, E21, E22, E23, E24, E25, E26, E27, E28, E29, E30, E31, E32>(f0: Filter<E0, E1>, f1: Filter<E1, E2>, f2: Filter<E2, E3>, f3: Filter<E3, E4>, f4: Filter<E4, E5>, f5: Filter<E5, E6>, f6: Filter<E6, E7>, f7: Filter<E7, E8>, f8: Filter<E8, E9>, f9: Filter<E9, E10>, f10: Filter<E10, E11>, f11: Filter<E11, E12>, f12: Filter<E12, E13>, f13: Filter<E13, E14>, f14: Filter<E14, E15>, f15: Filter<E15, E16>, f16: Filter<E16, E17>, f17: Filter<E17, E18>, f18: Filter<E18, E19>, f19: Filter<E19, E20>, f20: Filter<E20, E21>, f21: Filter<E21, E22>, f22: Filter<E22, E23>, f23: Filter<E23, E24>, f24: Filter<E24, E25>, f25: Filter<E25, E26>, f26: Filter<E26, E27>, f27: Filter<E27, E28>, f28: Filter<E28, E29>, f29: Filter<E29, E30>, f30: Filter<E30, E31>, f31: Filter<E31, E32>): Filters<E0, E32>;
export function pipe(...filters: readonly object[]): Filters<never, unknown> {
  return filters;
}
