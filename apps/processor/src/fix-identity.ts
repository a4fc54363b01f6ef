import { Buffer } from "node:buffer";
import { idFromBeats, identify, isUuid, type LineIdentity, mintId } from "@gatelog/log-record";
import type { EventType } from "@gatelog/pipeline";
import { payloadBytesMax } from "@gatelog/segment-log";
import { standsAt } from "./bytes-at.ts";
import { deadLetterHeadBytesMax } from "./dead-letters.ts";
import type { Envelope } from "./envelope.ts";
import { encodeEvent } from "./plain-event.ts";

/** The longest event that is kept: the buffer takes it, and so do the dead letters, with their reason. */
export const storedBytesMax = payloadBytesMax - deadLetterHeadBytesMax;

/** A frame made into an event for the buffer. */
export interface FixedEvent {
  readonly bytes: Buffer;
  readonly type: EventType;
  /** False where the frame had no line of its own: its bytes are the line. */
  readonly hasLine: boolean;
  /** The line has no more; it may have fewer where the buffer keeps it as it came, escaped. */
  readonly lineBytes: number;
}

/** What the transport knows of an event besides its bytes. */
export interface Provenance {
  /** The identity that a gatelog stage fixed before, where it travels beside the bytes: not yet checked. */
  readonly carried?: Envelope["identity"];
  /** The id of the event's place in the transport, for what has none of its own. */
  readonly placeId?: () => string;
  /** What the transport says of a line, as JSON text of an object. */
  readonly fieldsJson?: string;
  /** The line is not whole, so that an id in it is not its own. */
  readonly isCut?: boolean;
}

const unknownProvenance: Provenance = Object.freeze({});

/**
 * Fixes an event's id and time, once and for all: those that a gatelog stage fixed before; else the record's own id; else the one of its
 * place in the transport, or one derived from where the event says that its line comes from; else, where nothing says it, a new one.
 *
 * **Guarantee**: an event that is sent again gets the same id wherever its place is known. Where it is not, two events that look
 * alike stay two: a double is better than a loss.
 */
export function fixEvent(frame: Uint8Array, envelope: Envelope | undefined, seedTimeZone: string, from = unknownProvenance): FixedEvent {
  const hasLine = envelope?.message !== undefined;
  const line = hasLine ? Buffer.from(envelope.message) : frame;
  const fieldsJson = hasLine ? envelope.fieldsJson : (from.fieldsJson ?? "");
  const carried = checkedIdentity(from.carried) ?? checkedIdentity(envelope?.identity);
  const own = ownIdentity(line, carried?.time, seedTimeZone);
  const ownId = from.isCut === true ? undefined : own.id;
  const id = carried?.id ?? ownId ?? from.placeId?.() ?? derivedId(envelope, line);
  const parts = { id, time: carried?.time ?? own.time, type: own.type, line };
  const whole = fieldsJson === undefined ? undefined : encodeEvent({ ...parts, fieldsJson });
  // Numbers (1e20) and bytes that are no UTF-8 may grow when they are written anew, and what is nested too deeply cannot be: then
  // the frame itself, which fits, is the line.
  const fits = whole !== undefined && whole.length <= storedBytesMax;
  const bytes = fits ? whole : encodeEvent({ ...parts, line: frame, fieldsJson: "" });
  return { bytes, type: own.type, hasLine, lineBytes: line.length };
}

/** The same for a line that is in no envelope. */
export function fixLine(line: Uint8Array, seedTimeZone: string, from = unknownProvenance): FixedEvent {
  return { ...fixEvent(line, undefined, seedTimeZone, from), hasLine: true };
}

function ownIdentity(line: Uint8Array, carriedTime: string | undefined, seedTimeZone: string): LineIdentity {
  if (carriedTime !== undefined && isOwnRecord(line)) return { time: carriedTime, type: "record" };
  return identify(line, { seedTimeZone });
}

function checkedIdentity({ id, time }: Envelope["identity"] = {}): { id: string; time: string | undefined } | undefined {
  if (typeof id !== "string" || !isUuid(id)) return undefined;
  return { id: id.toLowerCase(), time: isCarriedTime(time) ? time : undefined };
}

function derivedId(envelope: Envelope | undefined, line: Uint8Array): string {
  return envelope?.origin.offset === undefined ? mintId() : idFromBeats({ ...envelope.origin, line });
}

const recordStart = Buffer.from('{"v":1,"id":"');

/** Whether the line begins as a record of our gateway: then, with an identity that is known, there is nothing to look for in it. */
export function isOwnRecord(line: Uint8Array): boolean {
  return standsAt(line, 0, recordStart);
}

const carriedTimePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Whether it is a time as a gatelog stage carries it. */
export function isCarriedTime(time: unknown): time is string {
  return typeof time === "string" && carriedTimePattern.test(time) && !Number.isNaN(Date.parse(time));
}
