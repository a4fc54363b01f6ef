import type { ByteQueue } from "./byte-queue.ts";
import { LumberjackError } from "./errors.ts";

/**
 * Reads the key-value pairs of one version 1 data frame as they arrive and gives them as the bytes of a JSON object.
 *
 * **Shape**: pairs `line`=`GET /`, `host`=`a` → `{"line":"GET /","host":"a"}`. Bytes that are not UTF-8 become U+FFFD;
 * of two pairs with one key the later counts.
 * **Errors**: GATELOG_LUMBERJACK_LIMIT when keys and values together, or the object, exceed `bytesMax`.
 */
export class PairReader {
  readonly version: number;
  readonly sequence: number;
  readonly #bytesMax: number;
  readonly #fields = new Map<string, string>();
  #stringsLeft: number;
  #length: number | undefined;
  #key: string | undefined;
  #bytes = 0;

  constructor(options: { version: number; sequence: number; count: number; bytesMax: number }) {
    this.version = options.version;
    this.sequence = options.sequence;
    this.#bytesMax = options.bytesMax;
    this.#stringsLeft = options.count * 2;
  }

  /** Bytes of the keys and values whose lengths were read so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Consumes what is there; the JSON object once the last value is complete. */
  read(queue: ByteQueue): Buffer | undefined {
    while (this.#stringsLeft > 0) {
      const text = this.#readString(queue);
      if (text === undefined) return undefined;
      this.#stringsLeft -= 1;
      if (this.#key === undefined) {
        this.#key = text;
      } else {
        this.#fields.set(this.#key, text);
        this.#key = undefined;
      }
    }
    // Escaping makes six bytes of one at most: where the object may be too large it is measured before it is made.
    if (this.#bytes * escapedBytesPerByteMax > this.#bytesMax) this.#check(this.#jsonBytes());
    const json = Buffer.from(JSON.stringify(Object.fromEntries(this.#fields)));
    this.#check(json.length);
    return json;
  }

  /** What the object will have, less its punctuation. */
  #jsonBytes(): number {
    let bytes = 0;
    for (const [key, value] of this.#fields) bytes += jsonBytesOf(key) + jsonBytesOf(value);
    return bytes;
  }

  #check(bytes: number): void {
    if (bytes <= this.#bytesMax) return;
    throw new LumberjackError("GATELOG_LUMBERJACK_LIMIT", `fields of a data frame: ${bytes} bytes are over the limit of ${this.#bytesMax}`);
  }

  #readString(queue: ByteQueue): string | undefined {
    if (this.#length === undefined) {
      const head = queue.take(4);
      if (head === undefined) return undefined;
      this.#length = head.readUInt32BE(0);
      this.#bytes += this.#length;
      this.#check(this.#bytes);
    }
    const bytes = queue.take(this.#length);
    if (bytes !== undefined) this.#length = undefined;
    return bytes?.toString("utf8");
  }
}

/** `\u0000`. */
const escapedBytesPerByteMax = 6;
const shortEscapes = new Set(Buffer.from('\b\t\n\f\r"\\'));

/** The text's bytes within a JSON string. */
function jsonBytesOf(text: string): number {
  let bytes = Buffer.byteLength(text);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 0x20 && code !== 0x22 && code !== 0x5c) continue;
    bytes += shortEscapes.has(code) ? 1 : 5;
  }
  return bytes;
}
