import { errors as clientErrors } from "@elastic/elasticsearch";
import { DeliveryError } from "@gatelog/pipeline";
import type { ElasticsearchErrorCode } from "./errors.ts";

/** What the cluster says of one document. */
export interface ItemError {
  readonly type?: string;
  readonly reason?: string;
  readonly caused_by?: ItemError;
}

/** What became of one document of a bulk request. */
export type ItemOutcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "transient"; readonly error: DeliveryError }
  | { readonly kind: "refused"; readonly code: string; readonly reason: string };

/** The error types by which a cluster refuses what a document holds; any other type is transient. */
const documentErrors: ReadonlySet<string> = new Set([
  "mapper_parsing_exception",
  "document_parsing_exception",
  "mapper_exception",
  "strict_dynamic_mapping_exception",
  "illegal_argument_exception",
  "parsing_exception",
  "parse_exception",
  "x_content_parse_exception",
  "x_content_e_o_f_exception",
  "json_parse_exception",
  "not_x_content_exception",
  "number_format_exception",
  "max_bytes_length_exceeded_exception",
]);

/** illegal_argument_exception is also what a wrongly configured index answers for every document. */
const configurationReasons = /pipeline with id|no write index|not a data stream|only write ops with an op_type|alias \[/i;

const unavailableTypes: ReadonlySet<string> = new Set([
  "index_closed_exception",
  "cluster_block_exception",
  "index_not_found_exception",
  "invalid_index_name_exception",
  "validation_exception",
  "action_request_validation_exception",
  "unavailable_shards_exception",
  "no_shard_available_action_exception",
]);

const delivered: ItemOutcome = { kind: "delivered" };

/** Classifies one item of a bulk response. 409 means that the document is there already, which is what a resend wants to hear. */
export function classifyItem(status: number, error: ItemError | undefined): ItemOutcome {
  if ((status >= 200 && status < 300) || status === 409) return delivered;
  const reason = reasonOf(error) ?? `status ${status}`;
  if (status === 400 && isDocumentError(error)) return { kind: "refused", code: error?.type ?? "unknown", reason };
  return { kind: "transient", error: transientOf(status, error?.type, reason) };
}

/**
 * Any failure of a whole request as a transient error: what is wrong with the cluster is never a record's fault. The client's own errors are no
 * cause of it, for they carry the whole request, which belongs neither into memory nor into a log.
 */
export function toTransient(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof clientErrors.ResponseError) {
    const body = error.body as { error?: ItemError | string } | string | undefined;
    const cause = typeof body === "object" ? body?.error : undefined;
    const itemError = typeof cause === "object" ? cause : undefined;
    return transientOf(error.statusCode ?? 0, itemError?.type, reasonOf(itemError) ?? `status ${error.statusCode ?? "unknown"}`);
  }
  if (error instanceof clientErrors.RequestAbortedError) return transient("GATELOG_ELASTICSEARCH_CLOSED", "the write was aborted");
  if (isConnectionError(error)) return transient("GATELOG_ELASTICSEARCH_UNREACHABLE", `no answer from Elasticsearch: ${error.message}`);
  if (error instanceof clientErrors.ElasticsearchClientError) return transient("GATELOG_ELASTICSEARCH_UNEXPECTED", error.message);
  return transient("GATELOG_ELASTICSEARCH_UNEXPECTED", error instanceof Error ? error.message : String(error), error);
}

/** Whether a failed request was too large for the cluster, which a smaller one may not be. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof clientErrors.ResponseError && error.statusCode === 413;
}

/** Whether the cluster asks for less, or did not get done in time. */
export function isOverload(error: DeliveryError | undefined): boolean {
  return error?.code === "GATELOG_ELASTICSEARCH_OVERLOADED" || error?.code === "GATELOG_ELASTICSEARCH_UNREACHABLE";
}

/** A transient error of this library. */
export function transient(code: ElasticsearchErrorCode, message: string, cause?: unknown): DeliveryError {
  return new DeliveryError(code, message, { permanent: false, cause });
}

function isConnectionError(error: unknown): error is Error {
  const { ConnectionError, TimeoutError, NoLivingConnectionsError } = clientErrors;
  return error instanceof ConnectionError || error instanceof TimeoutError || error instanceof NoLivingConnectionsError;
}

function isDocumentError(error: ItemError | undefined): boolean {
  return error?.type !== undefined && documentErrors.has(error.type) && !configurationReasons.test(error.reason ?? "");
}

function transientOf(status: number, type: string | undefined, reason: string): DeliveryError {
  return transient(codeOf(status, type), type === undefined ? reason : `${type}: ${reason}`);
}

function codeOf(status: number, type: string | undefined): ElasticsearchErrorCode {
  if (status === 429 || status >= 500) return "GATELOG_ELASTICSEARCH_OVERLOADED";
  if (type !== undefined && unavailableTypes.has(type)) return "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE";
  if (status === 401 || status === 403) return "GATELOG_ELASTICSEARCH_UNAUTHORIZED";
  if (status === 404) return "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE";
  return "GATELOG_ELASTICSEARCH_UNEXPECTED";
}

/** The reason and its deepest cause. */
function reasonOf(error: ItemError | undefined): string | undefined {
  if (error?.reason === undefined) return error?.type;
  const cause = deepest(error);
  const reason = withoutPreview(error.reason);
  return (cause === error || cause.reason === undefined ? reason : `${reason}: ${withoutPreview(cause.reason)}`).slice(0, reasonLengthMax);
}

/** Some reasons end with the value that was refused, and reasons end in logs. */
function withoutPreview(reason: string): string {
  return reason.replace(/\.? ?Preview of field's value: '.*'$/s, "");
}

/** Characters of a reason: some quote a whole term. */
const reasonLengthMax = 500;

function deepest(error: ItemError): ItemError {
  let cause = error;
  while (cause.caused_by !== undefined) cause = cause.caused_by;
  return cause;
}
