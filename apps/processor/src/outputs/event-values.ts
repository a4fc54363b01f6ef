import { Buffer } from "node:buffer";
import { formatSeed, parseLine } from "@gatelog/log-record";
import { removeWhatIsNoJson } from "../filters/plain-json.ts";
import type { WorkEvent } from "../work-event.ts";

/** The envelope again as JSON, with the identity that was fixed. */
export function eventValue(event: WorkEvent): Buffer {
  return Buffer.from(eventJson(event));
}

/** As `eventValue`, as text. **Guarantee**: never throws; fields that filters made, and that cannot be written, are left out and named in `gatelog.filter_errors`. */
export function eventJson(event: WorkEvent): string {
  const fields = fieldsJson(event).slice(1, -1);
  const { id, time, type, failures, message } = event;
  const gatelog = { id, time, type, ...(failures && { filter_errors: failures }) };
  const identity = `"message":${JSON.stringify(message)},"gatelog":${JSON.stringify(gatelog)}`;
  return fields === "" ? `{${identity}}` : `{${identity},${fields}}`;
}

function fieldsJson(event: WorkEvent): string {
  try {
    return event.fieldsJson;
  } catch {
    const removed = removeWhatIsNoJson(event.fields);
    event.noteFailure("event", `left out what cannot be written as JSON: ${removed.join(", ")}`);
    return event.fieldsJson;
  }
}

/** The seed's seven fields; a line that is no record goes as it is, for nothing is dropped. */
export function seedValue(event: WorkEvent, timeZone: string): Uint8Array {
  const parsed = event.parsed ?? parseLine(event.line, { seedTimeZone: timeZone });
  return parsed.kind === "record" ? Buffer.from(formatSeed(parsed.record, { timeZone })) : event.line;
}
