import { Buffer, isUtf8 } from "node:buffer";
import { type LineBatch, type LineExtra, lineFlag, type LineRun, type TailedFile } from "@gatelog/file-tail";
import { IdentityReader, idFromSpan, LineShape, toUtcTime } from "@gatelog/log-record";
import { type EventHead, type HeadOptions, makeHead, timestampAt, timestampBytes, withoutOwnKeys } from "./event-head.ts";
import { enlarged, FrameBuffers } from "./frame-buffers.ts";
import { escapedBytesPerByteMax, writeJsonText } from "./json-text.ts";

export interface EventEncoderOptions extends HeadOptions {
  /** Time zone of an input's lines that have none. */
  readonly seedTimeZoneOf: (input: string) => string;
  /** Windows that are under way at the same time; their memory is kept. */
  readonly windowsMax: number;
}

/** One window of Lumberjack frames in memory that is used again after `release`, which is called once the window is settled. */
export interface EncodedFrames {
  /** JSON frames of version 2, sequences 1 … count, one after the other. */
  readonly frames: Buffer;
  readonly count: number;
  release(): void;
}

/** One event by itself. */
export interface EncodedEvent {
  readonly id: string;
  /** ISO UTC. */
  readonly time: string;
  readonly type: "record" | "mark";
  readonly line: Buffer;
  /** The event as it goes over Lumberjack. */
  readonly json: Buffer;
}

/** Offset, flags, id, time and punctuation of one event, its frame's head included. */
const variableBytesMax = 256;
const frameHeadBytes = 10;
const idBytes = 36;
const keptBytesMax = 16 * 1024 * 1024;

const flagged = Buffer.from(',"flags":["truncated"]');
const beforeMessage = Buffer.from('},"message":"');
const beforeId = Buffer.from('","gatelog":{"id":"');
const beforeTime = Buffer.from('","time":"');
const end = Buffer.from('"}');
const closingBrace = 0x7d;
const hexDigits = Buffer.from("0123456789abcdef");

/**
 * Makes the events of lines, byte by byte, in one pass: what is the same for all lines of a file is made once, and nothing is
 * allocated per line.
 *
 * **Shape**: `{"@timestamp":"…","host":{"name"},"agent":{"name","type","version"},"fields":{"input",…},"@metadata":{"beat","type","version"},
 * "log":{"file":{"path","inode","device_id"},"offset":0},"message":"<the raw line>","gatelog":{"id","time"}}`; a line that was cut has
 * `log.flags: ["truncated"]`; `tags` and what parsers found stand beside them.
 * **Guarantee**: the id is the record's own where it has one, else derived from the file's generation and the offset: the same
 * whenever the line is sent. A line that was cut has none of its own.
 */
export class EventEncoder {
  readonly #options: EventEncoderOptions;
  readonly #buffers: FrameBuffers;
  readonly #heads = new WeakMap<TailedFile, EventHead>();
  readonly #identities = new Map<string, IdentityReader>();
  readonly #shape = new LineShape();
  #batchNumber = 0;
  #timestamp = Buffer.alloc(0);
  #target = Buffer.alloc(0);
  #at = 0;
  /** Of the line that was encoded last: where its id stands, and what was read of it. */
  #idAt = 0;
  #identity = new IdentityReader({ seedTimeZone: "UTC" });

  constructor(options: EventEncoderOptions) {
    this.#options = options;
    this.#buffers = new FrameBuffers({ kept: options.windowsMax + 1, keptBytesMax });
  }

  /** The window of a batch that was read at `readAt` (ISO UTC). */
  encodeFrames(batch: LineBatch, readAt: string): EncodedFrames {
    this.#begin(readAt, this.#buffers.take());
    this.#encode(batch);
    const whole = this.#target;
    return { frames: whole.subarray(0, this.#at), count: batch.count, release: () => this.#buffers.giveBack(whole) };
  }

  /** The events of a batch, each by itself, in memory of their own. */
  encodeEvents(batch: LineBatch, readAt: string): EncodedEvent[] {
    const events: EncodedEvent[] = [];
    this.#begin(readAt, Buffer.alloc(0));
    const jsonStarts: number[] = [];
    this.#encode(batch, (start, index, { buffer }) => {
      const id = this.#target.toString("latin1", this.#idAt, this.#idAt + idBytes);
      const line = Buffer.from(buffer.subarray(batch.starts[index], batch.ends[index]));
      events.push({ id, time: this.#identity.time.toString("latin1"), type: this.#identity.type, line, json: line });
      jsonStarts.push(start + frameHeadBytes);
    });
    const whole = this.#target;
    const endOf = (index: number) => (jsonStarts[index + 1] ?? this.#at + frameHeadBytes) - frameHeadBytes;
    return events.map((event, index) => ({ ...event, json: whole.subarray(jsonStarts[index], endOf(index)) }));
  }

  #begin(readAt: string, target: Buffer): void {
    this.#batchNumber += 1;
    this.#timestamp = Buffer.from(readAt, "latin1");
    this.#target = target;
    this.#at = 0;
  }

  #encode(batch: LineBatch, onEvent?: (start: number, index: number, run: LineRun) => void): void {
    for (const run of batch.runs) {
      const head = this.#headOf(run.file);
      const isText = isUtf8(run.buffer.subarray(batch.starts[run.from], batch.ends[run.to - 1]));
      this.#identity = this.#identityOf(run.file.input);
      for (let index = run.from; index < run.to; index += 1) {
        const start = this.#at;
        this.#encodeLine(batch, run, { index, head, isText });
        writeFrameHead(this.#target, start, index + 1, this.#at - start - frameHeadBytes);
        onEvent?.(start, index, run);
      }
    }
  }

  #encodeLine(batch: LineBatch, { buffer, file }: LineRun, line: { index: number; head: EventHead; isText: boolean }): void {
    const { index, head } = line;
    const start = batch.starts[index] as number;
    const last = batch.ends[index] as number;
    const flags = batch.flags[index] as number;
    const extra = batch.extras?.get(index);
    const more = extra?.fields === undefined ? undefined : jsonMembers(extra.fields);
    this.#reserve(head.bytes.length + variableBytesMax + (last - start) * escapedBytesPerByteMax + (more?.length ?? 0));
    const target = this.#target;
    let at = this.#at + frameHeadBytes;
    target.set(head.bytes, at);
    if (extra?.timestamp !== undefined) writeTimestamp(target, at + timestampAt, extra.timestamp);
    at = writeDecimal(target, at + head.bytes.length, batch.offsets[index] as number);
    if ((flags & lineFlag.truncated) !== 0) at = copy(flagged, target, at);
    at = copy(beforeMessage, target, at);
    at = this.#writeMessage(at, { buffer, start, last, isText: line.isText });
    at = copy(beforeId, target, at);
    this.#idAt = at;
    at = this.#writeId(at, {
      buffer,
      file,
      head,
      flags,
      offset: batch.offsets[index] as number,
      nextOffset: batch.nextOffsets[index] as number,
    });
    at = copy(beforeTime, target, at);
    at = copy(this.#identity.time, target, at);
    at = copy(end, target, at);
    if (more !== undefined) at = copy(more, target, at);
    target[at] = closingBrace;
    this.#at = at + 1;
  }

  #writeMessage(at: number, { buffer, start, last, isText }: { buffer: Buffer; start: number; last: number; isText: boolean }): number {
    const shape = this.#shape;
    const bytes = isText ? undefined : buffer.subarray(start, last);
    if (bytes === undefined || isUtf8(bytes)) {
      const next = writeJsonText(this.#target, at, buffer, start, last, shape);
      this.#identity.read(buffer, start, last, shape);
      return next;
    }
    const text = Buffer.from(bytes.toString("utf8"));
    const next = writeJsonText(this.#target, at, text, 0, text.length, shape);
    // Where its quotation marks stand is said of the text, not of the line.
    shape.isClosed = false;
    this.#identity.read(buffer, start, last, shape);
    return next;
  }

  /** The line's own id, else the one of its place: the generation, and the offset in the last 12 digits. */
  #writeId(
    at: number,
    line: { buffer: Buffer; file: TailedFile; head: EventHead; flags: number; offset: number; nextOffset: number },
  ): number {
    const target = this.#target;
    const { ownIdAt, ownId } = this.#identity;
    const { buffer, file, head, flags, offset, nextOffset } = line;
    const hasOwnId = (flags & lineFlag.truncated) === 0;
    if (hasOwnId && ownIdAt !== -1) {
      for (let index = 0; index < idBytes; index += 1) target[at + index] = buffer[ownIdAt + index] as number;
    } else if (hasOwnId && ownId !== undefined) {
      target.write(ownId, at, "latin1");
    } else if ((flags & lineFlag.joined) !== 0) {
      target.write(idFromSpan(file.generation, offset, nextOffset), at, "latin1");
    } else {
      target.set(head.idPrefix, at);
      writeHex(target, at + head.idPrefix.length, offset);
    }
    return at + idBytes;
  }

  #headOf(file: TailedFile): EventHead {
    let head = this.#heads.get(file);
    if (head === undefined) {
      head = makeHead(file, this.#options);
      this.#heads.set(file, head);
    }
    if (head.batch !== this.#batchNumber) {
      head.batch = this.#batchNumber;
      head.bytes.set(this.#timestamp, timestampAt);
    }
    return head;
  }

  #identityOf(input: string): IdentityReader {
    let identity = this.#identities.get(input);
    if (identity === undefined) {
      identity = new IdentityReader({ seedTimeZone: this.#options.seedTimeZoneOf(input) });
      this.#identities.set(input, identity);
    }
    return identity;
  }

  #reserve(bytes: number): void {
    if (this.#target.length - this.#at < bytes) this.#target = enlarged(this.#target, this.#at, bytes);
  }
}

/** What parsers found, as the last members of an event: keys that the tailer writes itself stay its own. */
function jsonMembers(fields: NonNullable<LineExtra["fields"]>): Buffer {
  const json = JSON.stringify(withoutOwnKeys(fields));
  return json === "{}" ? Buffer.alloc(0) : Buffer.from(`,${json.slice(1, -1)}`);
}

/** When the line says that it was written; what is no time leaves the time of reading. */
function writeTimestamp(target: Buffer, at: number, timestamp: string): void {
  const time = toUtcTime(timestamp);
  if (time?.length === timestampBytes) target.write(time, at, "latin1");
}

/** `"2J"`, the sequence, the bytes of the JSON object. */
function writeFrameHead(target: Buffer, at: number, sequence: number, bytes: number): void {
  target[at] = 0x32;
  target[at + 1] = 0x4a;
  writeInteger(target, at + 2, sequence);
  writeInteger(target, at + 6, bytes);
}

function writeInteger(target: Buffer, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

function writeDecimal(target: Buffer, at: number, value: number): number {
  let digits = 1;
  for (let power = 10; power <= value; power *= 10) digits += 1;
  let rest = value;
  for (let index = at + digits - 1; index >= at; index -= 1) {
    const tenth = Math.floor(rest / 10);
    target[index] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}

/** 48 bits in 12 digits. */
function writeHex(target: Buffer, at: number, value: number): void {
  let high = Math.floor(value / 0x1000000);
  let low = value % 0x1000000;
  for (let index = 5; index >= 0; index -= 1) {
    target[at + index] = hexDigits[high & 15] as number;
    target[at + 6 + index] = hexDigits[low & 15] as number;
    high >>>= 4;
    low >>>= 4;
  }
}

function copy(source: Buffer, target: Buffer, at: number): number {
  target.set(source, at);
  return at + source.length;
}
