import { Buffer } from "node:buffer";
import { assignField } from "../filters/field-path.ts";
import { type FixedEvent, isOwnRecord, storedBytesMax } from "../fix-identity.ts";
import { encodeEvent, plainHeadBytes } from "../plain-event.ts";
import { decodeEvent, isKept } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import { EventMasker, type EventMaskerOptions } from "./event-masker.ts";
import { omittedTag } from "./limit.ts";

const markStart = Buffer.from('{"v":1,"type":"mark",');

/**
 * Masks what no gatelog gateway wrote, before it is on disk: the line and what stands around it. The identity was fixed before, over the line as it came,
 * so that a resend has the same one.
 *
 * **Guarantee**: lines that begin as a gateway's records and marks do stay as they are, at the cost of a look at their first bytes. What masking makes
 * longer than an event may be is cut at its end and tagged `_maskcut`. What is longer than `charsMax` is omitted, tagged `_maskomitted`, and told of.
 */
export function createForeignMask(options: EventMaskerOptions, onOmitted = () => {}): (fixed: FixedEvent) => FixedEvent {
  const masker = new EventMasker(options);
  return (fixed) => {
    if (isOwn(fixed)) return fixed;
    const event = decodeEvent(fixed.bytes);
    if (event === undefined) return fixed;
    const text = event.message;
    const line = masker.line(text);
    let fieldsJson = masker.fieldsJson(event.fieldsJson);
    if (masker.isTooLong(text) || masker.isTooLong(event.fieldsJson)) {
      onOmitted();
      fieldsJson = withTag(fieldsJson, omittedTag);
    }
    if (line === text && fieldsJson === event.fieldsJson) return fixed;
    const bytes = line === text ? event.line : Buffer.from(line);
    return { ...fixed, bytes: fitting(event, bytes, fieldsJson), lineBytes: bytes.length };
  };
}

function withTag(fieldsJson: string, tag: string): string {
  const fields = fieldsJson === "" ? {} : (JSON.parse(fieldsJson) as Record<string, unknown>);
  const { tags = [] } = fields;
  const others: readonly unknown[] = Array.isArray(tags) ? tags : [tags];
  if (!others.includes(tag)) assignField(fields, "tags", [...others, tag]);
  return JSON.stringify(fields);
}

function isOwn({ bytes, type }: FixedEvent): boolean {
  if (isKept(bytes)) return true;
  const line = bytes.subarray(plainHeadBytes);
  return isOwnRecord(line) || (type === "mark" && line.subarray(0, markStart.length).equals(markStart));
}

function fitting({ id, time, type }: WorkEvent, line: Buffer, fieldsJson: string): Buffer {
  const whole = encodeEvent({ id, time, type, line, fieldsJson });
  if (whole.length <= storedBytesMax) return whole;
  const tags = '{"tags":["_maskcut"]}';
  const room = storedBytesMax - plainHeadBytes - tags.length;
  return encodeEvent({ id, time, type, line: line.subarray(0, room), fieldsJson: tags });
}
