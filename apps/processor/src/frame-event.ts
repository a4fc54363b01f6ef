import { Buffer, isUtf8 } from "node:buffer";
import type { Arena } from "./arena.ts";
import { parseEnvelope } from "./envelope.ts";
import { unescapeInto } from "./unescape.ts";
import { idLength, timeLength, WorkEvent } from "./work-event.ts";

/*
 * A record's event with the frame that it came in:
 *
 *   kept   = 02 type idStart timeStart messageStart messageEnd frame
 *   type   = 00 (record)
 *   …Start = u32be, where in these bytes id, time, and the message's escaped text stand, which are in the frame's JSON
 */
export const keptVersion = 2;
const place = { id: 2, time: 6, messageStart: 10, messageEnd: 14 } as const;
const frameStart = 18;

/** Bytes before the frame. */
export const keptHeadBytes = frameStart;

/** Where in a frame its parts stand. */
export interface FramePlaces {
  readonly idStart: number;
  readonly timeStart: number;
  readonly messageStart: number;
  readonly messageEnd: number;
}

/** Writes a record's event with its frame into `into`, of `keptHeadBytes` more than the frame. */
export function writeKept(into: Buffer, frame: Uint8Array, places: FramePlaces): void {
  into[0] = keptVersion;
  into[1] = 0;
  into.writeUInt32BE(frameStart + places.idStart, place.id);
  into.writeUInt32BE(frameStart + places.timeStart, place.time);
  into.writeUInt32BE(frameStart + places.messageStart, place.messageStart);
  into.writeUInt32BE(frameStart + places.messageEnd, place.messageEnd);
  into.set(frame, frameStart);
}

/** Where the parts of a kept event stand in its bytes. */
export function keptPlaces(bytes: Buffer) {
  return {
    id: bytes.readUInt32BE(place.id),
    time: bytes.readUInt32BE(place.time),
    messageStart: bytes.readUInt32BE(place.messageStart),
    messageEnd: bytes.readUInt32BE(place.messageEnd),
  };
}

/** The bytes as an event, or undefined where they are none. */
export function decodeKept(bytes: Buffer): FrameEvent | undefined {
  if (bytes.length < frameStart || bytes[0] !== keptVersion || bytes[1] !== 0) return undefined;
  const { id, time, messageStart, messageEnd } = keptPlaces(bytes);
  const isWhole =
    id + idLength <= bytes.length && time + timeLength <= bytes.length && messageEnd <= bytes.length && messageStart <= messageEnd;
  return isWhole ? new FrameEvent(bytes, "record") : undefined;
}

/** An event whose frame the buffer keeps as it came: its line is written out, and its fields are parsed, where somebody asks for them. */
export class FrameEvent extends WorkEvent {
  #isRead = false;
  /** What a parser finds, where the message is not one text as it was taken to be: reading it tells. */
  #parsed: { readonly line: Buffer; readonly fieldsJson: string } | undefined;

  protected get idStart(): number {
    return this.bytes.readUInt32BE(place.id);
  }

  protected get timeStart(): number {
    return this.bytes.readUInt32BE(place.time);
  }

  /** The message's text between its quotes, still escaped. */
  get #messageStart(): number {
    return this.bytes.readUInt32BE(place.messageStart);
  }

  get #messageEnd(): number {
    return this.bytes.readUInt32BE(place.messageEnd);
  }

  protected storedLine(arena?: Arena): Buffer {
    const [start, end] = [this.#messageStart, this.#messageEnd];
    this.#isRead = true;
    const write = (into: Buffer, from: number) => unescapeInto(this.bytes, { start, end }, into, from);
    const line = arena === undefined ? writeAlone(end - start, write) : arena.write(end - start, write);
    // Bytes that are no UTF-8 are U+FFFD in an event that is parsed.
    if (line !== undefined && isUtf8(line)) return line;
    this.#parsed = parse(this.bytes.subarray(frameStart));
    return this.#parsed.line;
  }

  protected storedFields(): Record<string, unknown> {
    if (!this.#isRead) this.storedLine();
    if (this.#parsed !== undefined)
      return this.#parsed.fieldsJson === "" ? {} : (JSON.parse(this.#parsed.fieldsJson) as Record<string, unknown>);
    const withoutLine = this.bytes.toString("utf8", frameStart, this.#messageStart) + this.bytes.toString("utf8", this.#messageEnd);
    const fields = JSON.parse(withoutLine) as Record<string, unknown>;
    delete fields["message"];
    delete fields["gatelog"];
    return fields;
  }

  protected storedFieldsJson(): string {
    return JSON.stringify(this.storedFields());
  }

  protected mayHoldField(quotedName: string): boolean {
    // Within the message its quotes would be escaped; but what stands there may be more than the message.
    return this.bytes.includes(quotedName, frameStart);
  }
}

/** As an arena, into memory of its own. */
function writeAlone(lengthMax: number, write: (into: Buffer, from: number) => number): Buffer | undefined {
  const into = Buffer.allocUnsafe(lengthMax);
  const end = write(into, 0);
  return end === -1 ? undefined : into.subarray(0, end);
}

function parse(frame: Buffer): { readonly line: Buffer; readonly fieldsJson: string } {
  const envelope = parseEnvelope(frame);
  if (envelope?.message === undefined || envelope.fieldsJson === undefined) return { line: frame, fieldsJson: "" };
  return { line: Buffer.from(envelope.message), fieldsJson: envelope.fieldsJson };
}
