import { fieldNotes } from "./columns.ts";
import type { ParsedLine } from "./parsed-line.ts";
import { mendText, repairJson } from "./repair.ts";
import type { LogRecord, RecordField } from "./schema.ts";
import type { FixedIdentity } from "./to-row.ts";

/** The ECS version whose names the documents use. */
export const ecsVersion = "8.11.0";

/** A document of Elasticsearch. */
export type EcsDocument = Record<string, unknown>;

const nanosecondsPerMs = 1_000_000;

interface Target {
  readonly field: RecordField;
  readonly parents: readonly string[];
  readonly name: string;
  readonly toValue: (value: never) => unknown;
}

const valueOf: Partial<Record<RecordField, (value: never) => unknown>> = {
  durationMs: (ms: number) => Math.round(ms * nanosecondsPerMs),
  requestHeaders: toPairs,
  responseHeaders: toPairs,
  labels: toPairs,
};

const targets: readonly Target[] = Array.from(fieldNotes, ([field, { ecs }]) => {
  const path = ecs.split(".");
  return { field, parents: path.slice(0, -1), name: path.at(-1)!, toValue: valueOf[field] ?? ((value: never) => value) };
});

/**
 * The document of a line: ECS names where ECS has them, `gatelog.*` for the rest, maps as lists of `name: value`, so that
 * no client can add fields to the mapping.
 *
 * **Shape**: `{"@timestamp":"…","event":{"id":"…","duration":2000000,"outcome":"success",…},"http":{…},"url":{…},"gatelog":{…}}`.
 * **Guarantee**: text is repaired as in the database; what did not fit is named in `gatelog.parse_error`, and the line is kept in `event.original`.
 */
export function toEcs(parsed: ParsedLine, identity: FixedIdentity, rawLine: string): EcsDocument {
  const document = envelope(identity);
  const isExtraRepaired = parsed.kind === "record" && fill(document, parsed);
  const { value, repaired } = repairJson(document);
  const fault = faultOf(parsed, repaired || isExtraRepaired);
  return fault === undefined ? document : withOriginal(value as EcsDocument, fault, rawLine);
}

/** Puts the record's fields into the document; says whether its extra keys had to be mended. */
function fill(document: EcsDocument, { record, form, extra }: Extract<ParsedLine, { kind: "record" }>): boolean {
  addFields(document, record, form === "v1");
  (document["event"] as EcsDocument)["outcome"] = outcomeOf(record);
  if (extra === undefined) return false;
  const { value, repaired } = repairJson(extra);
  nest(document, ["gatelog"])["extra"] = JSON.stringify(value);
  return repaired;
}

/** The document that Elasticsearch takes whatever its mapping says of the rest: time, id, the line itself, and why. */
export function minimalEcs(
  identity: FixedIdentity,
  rawLine: string,
  error: { readonly code: string; readonly message: string },
): EcsDocument {
  const document = withOriginal(envelope(identity), "stored without its fields: Elasticsearch refused them", rawLine);
  document["error"] = { code: error.code, message: mendText(error.message) };
  return document;
}

function envelope({ id, time }: FixedIdentity): EcsDocument {
  return {
    "@timestamp": time,
    ecs: { version: ecsVersion },
    event: { id, kind: "event", category: ["web"], type: ["access"], dataset: "gatelog.call" },
  };
}

function addFields(document: EcsDocument, record: LogRecord, isOwn: boolean): void {
  for (const { field, parents, name, toValue } of targets) {
    const value = record[field];
    if (value === undefined || value === "" || (!isOwn && (field === "v" || field === "seq"))) continue;
    nest(document, parents)[name] = toValue(value as never);
  }
}

function nest(document: EcsDocument, parents: readonly string[]): EcsDocument {
  let object = document;
  for (const parent of parents) object = (object[parent] ??= {}) as EcsDocument;
  return object;
}

function outcomeOf({ success }: LogRecord): string {
  if (success === undefined) return "unknown";
  return success ? "success" : "failure";
}

function faultOf(parsed: ParsedLine, repaired: boolean): string | undefined {
  if (parsed.kind === "mark") return "a mark, not a record";
  const fault = parsed.kind === "record" ? parsed.parseError : parsed.error;
  if (!repaired) return fault;
  const repair = "NUL, half characters or too many levels were replaced";
  return fault === undefined ? repair : `${fault}; ${repair}`;
}

function withOriginal(document: EcsDocument, fault: string, rawLine: string): EcsDocument {
  nest(document, ["event"])["original"] = mendText(rawLine);
  nest(document, ["gatelog"])["parse_error"] = fault;
  return document;
}

function toPairs(map: Readonly<Record<string, string | readonly string[]>>): string[] {
  return Object.entries(map).flatMap(([name, value]) =>
    typeof value === "string" ? `${name}: ${value}` : value.map((item) => `${name}: ${item}`),
  );
}
