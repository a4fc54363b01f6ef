import type { Encoding } from "@gatelog/file-tail";

/** The parts of tailer.yaml that an import writes; what is `undefined` is left out, so that its default holds. */
export interface TargetConfig {
  name?: string | undefined;
  inputs: TargetInput[];
  registryDir: string;
  output: TargetOutput;
  batch?: { linesMax?: number | undefined; bytesMax?: number | undefined; underWayMax?: number | undefined } | undefined;
  limits?: { lineBytesMax?: number | undefined; openFilesMax?: number | undefined } | undefined;
  scan?: { intervalMs?: number | undefined; pollMinMs?: number | undefined; pollMaxMs?: number | undefined } | undefined;
  close?: { inactiveMs?: number | undefined } | undefined;
  cleanRemovedMs?: number | undefined;
  registryFlushMs?: number | undefined;
  retry?: { minMs?: number | undefined; maxMs?: number | undefined } | undefined;
  admin?: { host?: string | undefined; port?: number | undefined } | undefined;
  shutdownDeadlineMs?: number | undefined;
  logLevel?: string | undefined;
}

/** One of `inputs`. */
export interface TargetInput {
  id: string;
  paths: readonly string[];
  exclude?: readonly string[] | undefined;
  symlinks?: boolean | undefined;
  compression?: "auto" | "none" | undefined;
  encoding?: Encoding | undefined;
  delimiter?: string | undefined;
  includeLines?: readonly string[] | undefined;
  excludeLines?: readonly string[] | undefined;
  parsers?: readonly TargetParser[] | undefined;
  fields?: Readonly<Record<string, unknown>> | undefined;
  fieldsUnderRoot?: boolean | undefined;
  tags?: readonly string[] | undefined;
  startAt?: "end" | undefined;
  ignoreOlderMs?: number | undefined;
  cleanInactiveMs?: number | undefined;
  closeEof?: boolean | undefined;
  closeRenamed?: boolean | undefined;
  deleteAfterDelivery?: boolean | undefined;
  deleteGraceMs?: number | undefined;
}

/** One step of `inputs[].parsers`. */
export type TargetParser =
  | { container: { format?: string | undefined; stream?: string | undefined } }
  | { multiline: TargetMultiline }
  | { ndjson: { target: string; messageKey?: string | undefined; addErrorKey?: boolean | undefined } };

export interface TargetMultiline {
  type: "pattern" | "count" | "while";
  pattern?: string | undefined;
  negate?: boolean | undefined;
  match?: string | undefined;
  flushPattern?: string | undefined;
  count?: number | undefined;
  linesMax?: number | undefined;
  flushMs?: number | undefined;
}

/** `output`: exactly one of them. */
export interface TargetOutput {
  lumberjack?: TargetLumberjack;
  topic?: TargetTopic;
  file?: { path: string; format?: "raw" | undefined; rotateBytesMax?: number | undefined; filesMax?: number | undefined };
  stdout?: { format?: "raw" | undefined };
}

export interface TargetTopic {
  kafka: {
    brokers: readonly string[];
    clientId?: string | undefined;
    requestTimeoutMs?: number | undefined;
    requestBytesMax?: number | undefined;
  };
  name: string;
  value: string;
  compression?: string | undefined;
}

export interface TargetLumberjack {
  hosts: readonly string[];
  loadBalance?: boolean | undefined;
  pipelining?: number | undefined;
  compressionLevel?: number | undefined;
  timeoutMs?: number | undefined;
  ttlMs?: number | undefined;
  beat?: string | undefined;
  tls?: TargetTls | undefined;
}

export interface TargetTls {
  ca?: readonly string[] | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  passphrase?: string | undefined;
  verification?: string | undefined;
  minVersion?: string | undefined;
}
