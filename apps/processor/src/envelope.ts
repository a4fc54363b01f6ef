import { Buffer } from "node:buffer";
import type { BeatsOrigin } from "@gatelog/log-record";
import { isTooDeep, levelsMax } from "./nesting.ts";

/** What a Beats event says, taken apart. */
export interface Envelope {
  /** The raw line; undefined where the event has no text. */
  readonly message: string | undefined;
  /** The identity that a gatelog stage fixed before, as sent: not yet checked. */
  readonly identity: { readonly id?: unknown; readonly time?: unknown };
  readonly origin: Origin;
  /** Everything else, as JSON text; undefined where it is nested on more than `levelsMax` levels, and could not be written again everywhere. */
  readonly fieldsJson: string | undefined;
}

/** Where a Beats event says that its line comes from. */
type Origin = Omit<BeatsOrigin, "line">;

/**
 * Takes the JSON object of a Beats event apart, or returns undefined where the frame is no JSON object.
 *
 * **Shape**: Filebeat 7 and 8 `{"@timestamp","message","agent":{"id"},"log":{"file":{"path","inode","device_id","fingerprint"},"offset"},…}`,
 * Filebeat 6 `{"message","source","offset","beat":{"name","hostname"},…}`, logstash-forwarder `{"line","file","offset","host"}`.
 */
export function parseEnvelope(frame: Uint8Array): Envelope | undefined {
  const event = parseObject(frame);
  if (event === undefined) return undefined;
  const message = textOf(event["message"]) ?? textOf(event["line"]);
  const identity = objectOf(event["gatelog"]);
  const origin = originOf(event);
  delete event[typeof event["message"] === "string" ? "message" : "line"];
  delete event["gatelog"];
  // A level takes a bracket at each end: most frames are too short for so many.
  const isDeep = frame.length > 2 * levelsMax && isTooDeep(event);
  return { message, identity, origin, fieldsJson: isDeep ? undefined : JSON.stringify(event) };
}

function originOf(event: Record<string, unknown>): Origin {
  const log = objectOf(event["log"]);
  const file = objectOf(log["file"]);
  const agent = objectOf(event["agent"]);
  const beat = objectOf(event["beat"]);
  return {
    // Never the ephemeral id, which is another one after every restart.
    agent: textOf(agent["id"]) ?? textOf(agent["name"]) ?? textOf(beat["name"]) ?? textOf(beat["hostname"]) ?? textOf(event["host"]),
    device: wordOf(file["device_id"]),
    inode: wordOf(file["inode"]),
    fingerprint: textOf(file["fingerprint"]),
    path: textOf(file["path"]) ?? textOf(event["source"]) ?? textOf(event["file"]),
    timestamp: textOf(event["@timestamp"]),
    offset: wordOf(log["offset"]) ?? wordOf(event["offset"]),
  };
}

function parseObject(frame: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const nothing: Record<string, unknown> = Object.freeze({});

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : nothing;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function wordOf(value: unknown): string | number | undefined {
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}
