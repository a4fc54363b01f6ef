import { Buffer } from "node:buffer";
import { parseEnvelope } from "../envelope.ts";
import { fixScanned } from "../fix-scanned.ts";
import { fixEvent, type FixedEvent, fixLine, type Provenance } from "../fix-identity.ts";

/** How what arrives is read: as an event in JSON with its line in `message`, as a line, or as the one that it looks like. */
export const codecs = ["auto", "event", "line"] as const;
export type Codec = (typeof codecs)[number];

/** Makes an event of bytes. */
export type FixBytes = (bytes: Uint8Array, from?: Provenance) => FixedEvent;

/**
 * The reader of a codec.
 *
 * **Shape** of an event: `{"message":<the line>,"gatelog":{"id","time"},…}`, as Beats, Logstash and the topics of value `event` have it.
 * **Guarantee**: nothing is refused: what is no event is a line. `auto` takes for an event what is a JSON object with a text in
 * `message`; a record of a gateway has none.
 */
export function createFix(codec: Codec, seedTimeZone: string): FixBytes {
  const asLine: FixBytes = (bytes, from) => fixLine(bytes, seedTimeZone, from);
  if (codec === "line") return asLine;
  const asEvent: FixBytes = (bytes, from) =>
    (from === undefined ? fixScanned(bytes) : undefined) ?? fixEvent(bytes, parseEnvelope(bytes), seedTimeZone, from);
  if (codec === "event") return asEvent;
  return (bytes, from) => {
    if (!mayBeEvent(bytes)) return asLine(bytes, from);
    return { ...asEvent(bytes, from), hasLine: true };
  };
}

const messageKey = Buffer.from('"message"');
const recordStart = Buffer.from('{"v":1,');
const openingBrace = 0x7b;
const blank = 0x20;

/** Most lines are told without parsing: a gateway's record begins like no event, and an event has its key somewhere. */
function mayBeEvent(bytes: Uint8Array): boolean {
  let start = 0;
  while (start < bytes.length && (bytes[start] as number) <= blank) start++;
  if (bytes[start] !== openingBrace) return false;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return !view.subarray(0, recordStart.length).equals(recordStart) && view.includes(messageKey);
}
