import type { Refusal, SearchDocument } from "@gatelog/elasticsearch";
import { eventDay, minimalEcs, repairJson } from "@gatelog/log-record";
import { wordsOf } from "./words.ts";
import type { WorkEvent } from "./work-event.ts";
import { isPlainObject } from "./plain-object.ts";

type Fields = Record<string, unknown>;

/** An event as a document of Elasticsearch, made when its request is written. */
export class EventDocument implements SearchDocument {
  readonly event: WorkEvent;

  constructor(event: WorkEvent) {
    this.event = event;
  }

  get id(): string {
    return this.event.id;
  }

  get day(): string {
    return eventDay(this.event.time);
  }

  /** What `ecs` made, else the event's fields; with the event's tags and what filters failed of. */
  get body(): Fields {
    const { event } = this;
    return withNotes(event.document ?? fieldsDocument(event), event);
  }

  minimal(refusal: Refusal): Fields {
    return withNotes(minimalEcs(this.event, this.event.message, refusal), this.event);
  }
}

/**
 * What Logstash would store of an event.
 *
 * **Shape**: `{"@timestamp":"…","message":"…","host":{"name":"…"},…,"gatelog":{"id":"…"}}`. `@metadata` is for the pipeline alone.
 */
function fieldsDocument({ id, time, message, fields }: WorkEvent): Fields {
  const { "@metadata": _metadata, "@timestamp": timestamp = time, gatelog, ...others } = fields;
  const document: Fields = { "@timestamp": timestamp, message, ...others, gatelog: { ...(isPlainObject(gatelog) ? gatelog : {}), id } };
  for (const [root, name] of Object.entries(objectRoots)) {
    const value = document[root];
    if (isPlain(value)) document[root] = { [name]: value };
  }
  return repairJson(document).value as Fields;
}

/**
 * Fields of the template that hold others, with the one that stands for a plain value, such as the host of old Filebeats: as it is, the mapping
 * would refuse the whole document.
 */
const objectRoots: Readonly<Record<string, string>> = {
  agent: "name",
  container: "id",
  ecs: "version",
  error: "message",
  event: "original",
  host: "name",
  http: "value",
  input: "type",
  log: "value",
  server: "address",
  service: "name",
  source: "value",
  span: "id",
  trace: "id",
  url: "full",
  user: "name",
  user_agent: "original",
};

function withNotes(document: Fields, event: WorkEvent): Fields {
  const tags = tagsOf(document, event);
  if (tags.length > 0) document["tags"] = tags;
  if (event.failures !== undefined) {
    const { gatelog } = document;
    document["gatelog"] = { ...(isPlainObject(gatelog) ? gatelog : {}), filter_errors: event.failures };
  }
  return document;
}

/** Tags from before `ecs` are among the fields, later ones in the document. */
function tagsOf(document: Fields, event: WorkEvent): readonly string[] {
  const fromFields = event.mayHaveField("tags") ? wordsOf(event.fields["tags"]) : [];
  const own = wordsOf(document["tags"]);
  return fromFields.length === 0 ? own : [...new Set([...fromFields, ...own])];
}

/** A value, or a list of such, that no field can be in. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isPlain);
  return value !== undefined && value !== null && typeof value !== "object";
}
