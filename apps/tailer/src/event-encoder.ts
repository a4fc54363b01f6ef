import { Buffer } from "node:buffer";
import type { TailedFile, TailLine } from "@gatelog/file-tail";
import { idFromGeneration, identify } from "@gatelog/log-record";
import { escapedBytesPerByteMax, writeJsonText } from "./json-text.ts";

export interface EventEncoderOptions {
  /** `host.name` and `agent.name`. */
  readonly name: string;
  readonly version: string;
  /** Time zone of an input's lines that have none. */
  readonly seedTimeZoneOf: (input: string) => string;
}

/** Memory is taken in pieces of this size and given to events one after the other. */
const pieceBytes = 1024 * 1024;
/** Offset, id, time and punctuation of one event. */
const variableBytesMax = 256;

const betweenOffsetAndId = Buffer.from('},"gatelog":{"id":"');
const flagsBetweenOffsetAndId = Buffer.from(',"flags":["truncated"]},"gatelog":{"id":"');
const betweenIdAndTime = Buffer.from('","time":"');
const betweenTimeAndMessage = Buffer.from('"},"message":"');
const end = Buffer.from('"}');

/**
 * Makes the Lumberjack event of a line, byte by byte: what is the same for all lines of a file and batch is written once.
 *
 * **Shape**: `{"@timestamp":"…","host":{"name"},"agent":{"name","type","version"},"fields":{"input"},"@metadata":{"beat","type","version"},
 * "log":{"file":{"path","inode","device_id"},"offset":0},"gatelog":{"id","time"},"message":"<the raw line>"}`; a line that was cut has
 * `log.flags: ["truncated"]`.
 * **Guarantee**: the id is the record's own where it has one, else derived from the file's generation and the offset: the same
 * whenever the line is sent. A line that was cut has none of its own.
 */
export class EventEncoder {
  readonly #options: EventEncoderOptions;
  /** Beginnings of the events of a file. One batch's; a file that is renamed is another key. */
  #heads = new Map<TailedFile, Buffer>();
  #timestamp = "";
  #piece = Buffer.alloc(0);
  #used = 0;

  constructor(options: EventEncoderOptions) {
    this.#options = options;
  }

  /** The events of a batch that was read at `readAt` (ISO UTC). */
  encode(lines: readonly TailLine[], readAt: string): Uint8Array[] {
    this.#heads = new Map();
    this.#timestamp = readAt;
    return lines.map((line) => this.#encodeLine(line));
  }

  #encodeLine(line: TailLine): Uint8Array {
    const { file, offset, truncated, bytes } = line;
    const head = this.#headOf(file);
    const { id, time } = identify(bytes, { seedTimeZone: this.#options.seedTimeZoneOf(file.input) });
    const piece = this.#reserve(head.length + variableBytesMax + bytes.length * escapedBytesPerByteMax);
    const start = this.#used;
    let at = copy(head, piece, start);
    at += piece.write(String(offset), at, "latin1");
    at = copy(truncated ? flagsBetweenOffsetAndId : betweenOffsetAndId, piece, at);
    at += piece.write((truncated ? undefined : id) ?? idFromGeneration(file.generation, offset), at, "latin1");
    at = copy(betweenIdAndTime, piece, at);
    at += piece.write(time, at, "latin1");
    at = copy(betweenTimeAndMessage, piece, at);
    at = writeJsonText(piece, at, bytes);
    at = copy(end, piece, at);
    this.#used = at;
    return piece.subarray(start, at);
  }

  #headOf(file: TailedFile): Buffer {
    let head = this.#heads.get(file);
    if (head === undefined) {
      head = this.#makeHead(file);
      this.#heads.set(file, head);
    }
    return head;
  }

  #makeHead({ path, inode, device, input }: TailedFile): Buffer {
    const { name, version } = this.#options;
    const constant = {
      "@timestamp": this.#timestamp,
      host: { name },
      agent: { name, type: "gatelog-tailer", version },
      fields: { input },
      "@metadata": { beat: "gatelog-tailer", type: "_doc", version },
      log: { file: { path, inode, device_id: device } },
    };
    // The object is left open behind log.file.
    return Buffer.from(`${JSON.stringify(constant).slice(0, -2)},"offset":`);
  }

  #reserve(bytes: number): Buffer {
    if (this.#piece.length - this.#used < bytes) {
      this.#piece = Buffer.allocUnsafeSlow(Math.max(pieceBytes, bytes));
      this.#used = 0;
    }
    return this.#piece;
  }
}

function copy(source: Buffer, target: Buffer, at: number): number {
  target.set(source, at);
  return at + source.length;
}
