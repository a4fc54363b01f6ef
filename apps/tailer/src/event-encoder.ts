import { Buffer, isUtf8 } from "node:buffer";
import { type LineBatch, type LineExtra, lineFlag, type LineRun, type TailedFile } from "@gatelog/file-tail";
import { IdentityReader, idFromSpan, toUtcTime } from "@gatelog/log-record";
import { type EventHead, type HeadOptions, makeHead, timestampAt, timestampBytes, without } from "./event-head.ts";
import { enlarged, FrameBuffers } from "./frame-buffers.ts";
import { escapedBytesPerByteMax, shape, source, target, writeJsonText } from "./json-text.ts";

export interface EventEncoderOptions extends HeadOptions {
  /** Time zone of an input's lines that have none. */
  readonly seedTimeZoneOf: (input: string) => string;
  /** Windows that are under way at the same time; their memory is kept. */
  readonly windowsMax: number;
  /** The largest event of a window; not below `eventBytesMaxMin`. Default: as large as they come. */
  readonly eventBytesMax?: number;
}

/** One window of Lumberjack frames in memory that is used again after `release`, which is called once the window is settled. */
export interface EncodedFrames {
  /** JSON frames of version 2, sequences 1 … count, one after the other. */
  readonly frames: Buffer;
  readonly count: number;
  /** Events over `eventBytesMax`, which are not among the frames, in memory of their own. */
  readonly oversized: readonly EncodedEvent[];
  readonly release: () => void;
}

/** One event by itself. */
export interface EncodedEvent {
  readonly id: string;
  /** ISO UTC. */
  readonly time: string;
  readonly type: "record" | "mark";
  /** Id of the input that read it. */
  readonly input: string;
  readonly line: Buffer;
  /** The event as it goes over Lumberjack. */
  readonly json: Buffer;
}

/** Offset, flags, id, time and punctuation of one event, its frame's head included. */
const variableBytesMax = 256;
const frameHeadBytes = 10;
const idBytes = 36;
const keptBytesMax = 16 * 1024 * 1024;

/** No event that is made together with others is larger: only the large ones, made one by one, are measured. */
export const eventBytesMaxMin = target.length;

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
  #batchNumber = 0;
  #timestamp: Buffer = Buffer.alloc(0);
  #frames: Buffer = Buffer.alloc(0);
  /** Bytes in `#frames`, and behind them those in the fixed memory. */
  #written = 0;
  #at = 0;
  /** Of the line that was encoded last: where its id stands, and what was read of it. */
  #idAt = 0;
  #eventBytesMax = Number.POSITIVE_INFINITY;
  #oversized: EncodedEvent[] = [];
  /** What an index in the batch has to become its sequence: events that were taken out have none. */
  #sequenceBase = 1;
  #identity = new IdentityReader({ seedTimeZone: "UTC" });

  constructor(options: EventEncoderOptions) {
    this.#options = options;
    this.#buffers = new FrameBuffers({ kept: options.windowsMax + 1, keptBytesMax });
  }

  /** The window of a batch that was read at `readAt` (ISO UTC). */
  encodeFrames(batch: LineBatch, readAt: string): EncodedFrames {
    this.#begin(readAt, this.#buffers.take(), this.#options.eventBytesMax);
    this.#encode(batch);
    const frames = this.#frames;
    const oversized = this.#oversized;
    const count = batch.count - oversized.length;
    return { frames: frames.subarray(0, this.#written), count, oversized, release: () => this.#buffers.giveBack(frames) };
  }

  /** The events of a batch, each by itself, in memory of their own. */
  encodeEvents(batch: LineBatch, readAt: string): EncodedEvent[] {
    const places: (Pick<EncodedEvent, "type" | "input" | "line"> & { readonly start: number; readonly idAt: number })[] = [];
    this.#begin(readAt, Buffer.alloc(0));
    this.#encode(batch, (start, index, { buffer, file }) => {
      const line = Buffer.from(buffer.subarray(batch.starts[index], batch.ends[index]));
      places.push({ start, idAt: this.#idAt, type: this.#identity.type, input: file.input, line });
    });
    const frames = this.#frames.subarray(0, this.#written);
    return places.map(({ start, idAt, type, input, line }, index) => ({
      id: this.#idIn(idAt),
      time: this.#timeIn(idAt),
      type,
      input,
      line,
      json: frames.subarray(start + frameHeadBytes, places[index + 1]?.start),
    }));
  }

  #begin(readAt: string, frames: Buffer, eventBytesMax = Number.POSITIVE_INFINITY): void {
    this.#eventBytesMax = eventBytesMax;
    this.#oversized = [];
    this.#sequenceBase = 1;
    this.#batchNumber += 1;
    this.#timestamp = Buffer.from(readAt, "latin1");
    this.#frames = frames;
    this.#written = 0;
    this.#at = 0;
  }

  #encode(batch: LineBatch, onEvent?: OnEvent): void {
    for (const run of batch.runs) {
      const head = this.#headOf(run.file);
      this.#identity = this.#identityOf(run.file.input);
      for (let from = run.from; from < run.to;) from = this.#encodeChunk(batch, run, { from, head, onEvent });
    }
  }

  /** As many lines as fit into the fixed memory whatever they hold, or one line piece by piece; returns the index of the next. */
  #encodeChunk(batch: LineBatch, run: LineRun, chunk: { from: number; head: EventHead; onEvent: OnEvent | undefined }): number {
    const { from, head, onEvent } = chunk;
    const to =
      batch.extras === undefined ? textEnd(batch, run, { from, to: chunkEnd(batch, run, { from, headBytes: head.bytes.length }) }) : from;
    const base = batch.starts[from] as number;
    if (to === from) {
      const start = this.#written;
      this.#encodeByParts(batch, run, { index: from, head });
      onEvent?.(start, from, run);
      return from + 1;
    }
    run.buffer.copy(source, 0, base, batch.ends[to - 1]);
    for (let index = from; index < to; index += 1) {
      const start = this.#at;
      this.#encodeLine(batch, run, index, base, head);
      onEvent?.(this.#written + start, index, run);
    }
    this.#flush();
    return to;
  }

  /** A line of text that stands in `source`, where the batch's buffer begins at `-base`. */
  #encodeLine(batch: LineBatch, run: LineRun, index: number, base: number, head: EventHead): void {
    const start = this.#at;
    const flags = batch.flags[index] as number;
    const offset = batch.offsets[index] as number;
    const from = (batch.starts[index] as number) - base;
    const to = (batch.ends[index] as number) - base;
    const at = this.#writeHead(start, head, offset, flags);
    const messageEnd = writeJsonText(at, from, to);
    this.#identity.read(source, from, to, shape);
    this.#writeIdentity(messageEnd, batch, run, index, source, head);
    target[this.#at++] = closingBrace;
    writeFrameHead(target, start, index + this.#sequenceBase, this.#at - start - frameHeadBytes);
  }

  /** A line that is large, no UTF-8, or more than its text. */
  #encodeByParts(batch: LineBatch, run: LineRun, { index, head }: { index: number; head: EventHead }): void {
    const start = this.#written;
    const extra = batch.extras?.get(index);
    const bytes = run.buffer.subarray(batch.starts[index], batch.ends[index]);
    this.#at = this.#writeHead(0, head, batch.offsets[index] as number, batch.flags[index] as number);
    if (extra?.timestamp !== undefined) writeTimestamp(frameHeadBytes + timestampAt, extra.timestamp);
    this.#flush();
    this.#writeText(isUtf8(bytes) ? bytes : Buffer.from(bytes.toString("utf8")));
    // Where quotation marks stand was said of the last piece alone.
    shape.areStringsClosed = false;
    this.#identity.read(bytes, 0, bytes.length, shape);
    this.#writeIdentity(0, batch, run, index, bytes, head);
    this.#flush();
    if (extra?.fields !== undefined) this.#append(jsonMembers(extra.fields, head.keys));
    target[this.#at++] = closingBrace;
    this.#flush();
    const eventBytes = this.#written - start - frameHeadBytes;
    if (eventBytes > this.#eventBytesMax) this.#takeOut(start, { input: run.file.input, line: bytes });
    else writeFrameHead(this.#frames, start, index + this.#sequenceBase, eventBytes);
  }

  /** Takes the event that was encoded last out of the window: its receiver would take none of it. */
  #takeOut(start: number, { input, line }: Pick<EncodedEvent, "input" | "line">): void {
    const json = Buffer.from(this.#frames.subarray(start + frameHeadBytes, this.#written));
    this.#oversized.push({
      id: this.#idIn(this.#idAt),
      time: this.#timeIn(this.#idAt),
      type: this.#identity.type,
      input,
      line: Buffer.from(line),
      json,
    });
    this.#written = start;
    this.#sequenceBase -= 1;
  }

  #idIn(idAt: number): string {
    return this.#frames.toString("latin1", idAt, idAt + idBytes);
  }

  /** The time stands behind the id. */
  #timeIn(idAt: number): string {
    const timeAt = idAt + idBytes + beforeTime.length;
    return this.#frames.toString("latin1", timeAt, timeAt + timestampBytes);
  }

  #writeText(text: Buffer): void {
    for (let from = 0; from < text.length; from += source.length) {
      const length = text.copy(source, 0, from, from + source.length);
      this.#at = writeJsonText(0, 0, length);
      this.#flush();
    }
  }

  /** The frame's head, which is filled in at the end, and the event up to its message. */
  #writeHead(start: number, head: EventHead, offset: number, flags: number): number {
    target.set(head.bytes, start + frameHeadBytes);
    const at = writeDecimal(start + frameHeadBytes + head.bytes.length, offset);
    return write(beforeMessage, (flags & lineFlag.truncated) === 0 ? at : write(flagged, at));
  }

  /** What follows the message: the line's own id, else the one of its place, and its time. */
  #writeIdentity(at: number, batch: LineBatch, run: LineRun, index: number, line: Buffer, head: EventHead): void {
    const { ownIdAt, ownId, time } = this.#identity;
    const flags = batch.flags[index] as number;
    const hasOwnId = (flags & lineFlag.truncated) === 0;
    const idAt = write(beforeId, at);
    if (hasOwnId && ownIdAt !== -1) for (let byte = 0; byte < idBytes; byte += 1) target[idAt + byte] = line[ownIdAt + byte] as number;
    else if (hasOwnId && ownId !== undefined) target.write(ownId, idAt, "latin1");
    else if ((flags & lineFlag.joined) !== 0)
      target.write(idFromSpan(run.file.generation, batch.offsets[index] as number, batch.nextOffsets[index] as number), idAt, "latin1");
    else writeHex(write(head.idPrefix, idAt), batch.offsets[index] as number);
    this.#idAt = this.#written + idAt;
    this.#at = write(end, write(time, write(beforeTime, idAt + idBytes)));
  }

  /** Moves what stands in the fixed memory behind what was written before. */
  #flush(): void {
    this.#append(target.subarray(0, this.#at));
    this.#at = 0;
  }

  #append(bytes: Buffer): void {
    if (this.#frames.length - this.#written < bytes.length) this.#frames = enlarged(this.#frames, this.#written, bytes.length);
    this.#frames.set(bytes, this.#written);
    this.#written += bytes.length;
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
}

type OnEvent = (start: number, index: number, run: LineRun) => void;

/** The index behind the last line from `from` on that fits into the fixed memory together with those before it. */
function chunkEnd(batch: LineBatch, run: LineRun, { from, headBytes }: { from: number; headBytes: number }): number {
  const base = batch.starts[from] as number;
  let targetBytes = 0;
  for (let index = from; index < run.to; index += 1) {
    const start = batch.starts[index] as number;
    const last = batch.ends[index] as number;
    targetBytes += headBytes + variableBytesMax + (last - start) * escapedBytesPerByteMax;
    if (last - base > source.length || targetBytes > target.length || start < base) return index;
  }
  return run.to;
}

/** The index behind the last line from `from` on before one that is no UTF-8. */
function textEnd(batch: LineBatch, { buffer }: LineRun, { from, to }: { from: number; to: number }): number {
  const isText = (first: number, last: number) => isUtf8(buffer.subarray(batch.starts[first], batch.ends[last - 1]));
  if (to === from || isText(from, to)) return to;
  let index = from;
  while (isText(index, index + 1)) index += 1;
  return index;
}

/** What parsers found, as the last members of an event: keys that are taken stay what they are. */
function jsonMembers(fields: NonNullable<LineExtra["fields"]>, taken: ReadonlySet<string>): Buffer {
  const json = JSON.stringify(without(taken, fields));
  return json === "{}" ? Buffer.alloc(0) : Buffer.from(`,${json.slice(1, -1)}`);
}

/** When the line says that it was written; what is no time leaves the time of reading. */
function writeTimestamp(at: number, timestamp: string): void {
  const time = toUtcTime(timestamp);
  if (time?.length === timestampBytes) target.write(time, at, "latin1");
}

/** `"2J"`, the sequence, the bytes of the JSON object. */
function writeFrameHead(frames: Buffer, at: number, sequence: number, bytes: number): void {
  frames[at] = 0x32;
  frames[at + 1] = 0x4a;
  writeInteger(frames, at + 2, sequence);
  writeInteger(frames, at + 6, bytes);
}

function writeInteger(frames: Buffer, at: number, value: number): void {
  frames[at] = value >>> 24;
  frames[at + 1] = value >>> 16;
  frames[at + 2] = value >>> 8;
  frames[at + 3] = value;
}

function writeDecimal(at: number, value: number): number {
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
function writeHex(at: number, value: number): void {
  let high = Math.floor(value / 0x1000000);
  let low = value % 0x1000000;
  for (let index = 5; index >= 0; index -= 1) {
    target[at + index] = hexDigits[high & 15] as number;
    target[at + 6 + index] = hexDigits[low & 15] as number;
    high >>>= 4;
    low >>>= 4;
  }
}

/** Few bytes: a loop is sooner done than a call of the runtime. */
function write(bytes: Buffer, at: number): number {
  const { length } = bytes;
  for (let index = 0; index < length; index += 1) target[at + index] = bytes[index] as number;
  return at + length;
}
