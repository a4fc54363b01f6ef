import { EventDocument } from "../elasticsearch-document.ts";
import { wordsOf } from "../words.ts";
import type { WorkEvent } from "../work-event.ts";

/**
 * An event as people look at it.
 *
 * **Shape**: `{"id","time","type","line","fields":{…},"record":{…},"document":{…},"tags":[…],"failures":["grok: …"]}`; what there is none of is left out.
 */
export interface EventView {
  readonly id: string;
  readonly time: string;
  readonly type: string;
  /** Bytes that are no UTF-8 are U+FFFD. */
  readonly line: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** What parseRecord read, as later filters left it. */
  readonly record?: object;
  /** What ecs made, as later filters left it. */
  readonly document?: object;
  readonly tags?: readonly string[];
  /** `filter: reason`. */
  readonly failures?: readonly string[];
}

/** **Guarantee**: the event is as before; looking at its fields would make an output write them anew, with other spellings of numbers. */
export function viewOf(event: WorkEvent): EventView {
  const { id, time, type, line, record, document, failures } = event;
  const fields = fieldsOf(event);
  const tags = [...new Set([...wordsOf(fields["tags"]), ...wordsOf(document?.["tags"])])];
  return {
    id,
    time,
    type,
    line: line.toString(),
    fields,
    ...(record !== undefined && { record }),
    ...(document !== undefined && { document }),
    ...(tags.length > 0 && { tags }),
    ...(failures !== undefined && { failures }),
  };
}

/** The same with the document that Elasticsearch would get, with the event's tags and failures in it. Only for an event that goes no further. */
export function storedViewOf(event: WorkEvent): EventView {
  return { ...viewOf(event), document: new EventDocument(event).body };
}

function fieldsOf({ fieldsJson }: WorkEvent): Record<string, unknown> {
  return fieldsJson === "" ? {} : (JSON.parse(fieldsJson) as Record<string, unknown>);
}
