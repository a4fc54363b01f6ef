import { toMarkRow, type MarkRow } from "@gatelog/database";
import { idFromKafka, identityOf, isUuid, parseLine, toRow, type CallRow, type FixedIdentity, type ParsedLine } from "@gatelog/log-record";
import type { ConsumedMessage, TopicValue } from "@gatelog/topic";

/** Where a message stands. */
export interface MessagePlace {
  readonly topic: string;
  readonly partition: number;
}

/** A message, made ready for the database, with what its dead letter would need. */
export interface SinkItem {
  readonly message: ConsumedMessage;
  readonly place: MessagePlace;
  readonly identity: FixedIdentity;
  readonly row: { readonly kind: "call"; readonly call: CallRow } | { readonly kind: "mark"; readonly mark: MarkRow };
}

/** How messages are read. */
export interface ReadMessageOptions {
  readonly seedTimeZone: string;
  readonly value: TopicValue;
}

/**
 * Makes the row of a message. Nothing is refused here: what is no record becomes a row with `parse_error` and its raw line.
 *
 * **Guarantee**: a pure function of the message and its place, so that a message that comes again has the same key. The identity is
 * the one that the first stage fixed, as the headers carry it (or the envelope, for `event`); else the record's own; else it is made of topic,
 * partition and offset. The message's key is never an identity.
 */
export function readMessage(message: ConsumedMessage, place: MessagePlace, options: ReadMessageOptions): SinkItem {
  const { line, carried } = unwrap(message, options.value);
  const parsed = parseLine(line, options);
  const identity = fixIdentity(parsed, { message, place, carried, seedTimeZone: options.seedTimeZone });
  const row =
    parsed.kind === "mark"
      ? ({ kind: "mark", mark: toMarkRow(parsed.mark, identity.id) } as const)
      : ({ kind: "call", call: toRow(parsed, identity, line) } as const);
  return { message, place, identity, row };
}

/** What a stage before says of the identity, not yet checked. */
interface CarriedIdentity {
  readonly id: unknown;
  readonly time: unknown;
}

interface IdentitySources {
  readonly message: ConsumedMessage;
  readonly place: MessagePlace;
  readonly carried: CarriedIdentity;
  readonly seedTimeZone: string;
}

function fixIdentity(parsed: ParsedLine, { message, place, carried, seedTimeZone }: IdentitySources): FixedIdentity {
  const own = identityOf(parsed, { seedTimeZone });
  const carriedId = typeof carried.id === "string" && isUuid(carried.id) ? carried.id.toLowerCase() : undefined;
  const id = carriedId ?? own.id ?? idFromKafka(place.topic, place.partition, message.offset);
  // A time without an id was not fixed by a stage of gatelog. Most are the record's own, which needs no look.
  const isCarried = carriedId !== undefined && carried.time !== own.time && isUtcTime(carried.time);
  return { id, time: isCarried ? carried.time : own.time };
}

function isUtcTime(value: unknown): value is string {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(value)) return false;
  const time = new Date(value);
  return !Number.isNaN(time.getTime()) && time.toISOString() === value;
}

/** The line of a message, and the identity that came with it. */
function unwrap(message: ConsumedMessage, value: TopicValue): { readonly line: string; readonly carried: CarriedIdentity } {
  const text = Buffer.from(message.value.buffer, message.value.byteOffset, message.value.byteLength).toString("utf8");
  const headers = { id: message.headers["gatelog-id"], time: message.headers["gatelog-time"] };
  const envelope = value === "event" ? readEnvelope(text) : undefined;
  if (envelope === undefined) return { line: text, carried: headers };
  return { line: envelope.line, carried: headers.id === undefined ? envelope.carried : headers };
}

/** `{"message":<line>,"gatelog":{"id","time"},…}`; anything else is taken as a line. */
function readEnvelope(text: string): { readonly line: string; readonly carried: CarriedIdentity } | undefined {
  try {
    const event = JSON.parse(text) as { message?: unknown; gatelog?: { id?: unknown; time?: unknown } | null } | null;
    if (typeof event?.message !== "string") return undefined;
    return { line: event.message, carried: { id: event.gatelog?.id, time: event.gatelog?.time } };
  } catch {
    return undefined;
  }
}
