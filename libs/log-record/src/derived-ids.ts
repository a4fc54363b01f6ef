import { createHash } from "node:crypto";
import { formatUuid8 } from "./uuid.ts";

/** 48 bits: 256 TiB, more than any log file. */
const offsetMax = 2 ** 48 - 1;
/** Bytes of a file generation. */
export const generationBytes = 16;

/**
 * The id of a line without one of its own, in a file that our tailer reads: UUID v8 of 74 bits of the file's generation,
 * then the line's offset in the last 48 bits.
 *
 * **Guarantee**: two offsets of one generation never share an id; ids of one file are ascending. No hashing.
 * **Errors**: RangeError when the generation has not 16 bytes or the offset is not a whole number below 2^48 (our own bug).
 */
export function idFromGeneration(generation: Uint8Array, offset: number): string {
  if (generation.length !== generationBytes)
    throw new RangeError(`a file generation has ${generationBytes} bytes, not ${generation.length}`);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > offsetMax) throw new RangeError(`${offset} is no offset in a file`);
  const bytes = Uint8Array.from(generation);
  const high = Math.floor(offset / 2 ** 32);
  const low = offset >>> 0;
  bytes[10] = high >>> 8;
  bytes[11] = high & 0xff;
  bytes[12] = low >>> 24;
  bytes[13] = (low >>> 16) & 0xff;
  bytes[14] = (low >>> 8) & 0xff;
  bytes[15] = low & 0xff;
  return formatUuid8(bytes);
}

/**
 * The id of an event that was joined of several lines, whose end may be another one when it is read again: UUID v8 of SHA-256 over the
 * file's generation and both offsets, so that what grew meanwhile is not taken for what was sent.
 */
export function idFromSpan(generation: Uint8Array, offset: number, nextOffset: number): string {
  return hashed(["span", Buffer.from(generation).toString("hex"), String(offset), String(nextOffset)]);
}

/** What a foreign Beats event says about where its line comes from. */
export interface BeatsOrigin {
  readonly agent?: string | undefined;
  readonly device?: string | number | undefined;
  readonly inode?: string | number | undefined;
  readonly fingerprint?: string | undefined;
  readonly path?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly offset?: string | number | undefined;
  readonly line: Uint8Array;
}

/**
 * The id of a foreign Beats event: UUID v8 of SHA-256 over the agent, the file, the offset and the line.
 *
 * **Guarantee**: the same when the event is sent again. A file is named by device, inode and fingerprint where at least an
 * inode or a fingerprint was sent (they outlive a rename), else by its path and the event's time.
 */
export function idFromBeats(origin: BeatsOrigin): string {
  const { agent, device, inode, fingerprint, path, timestamp, offset, line } = origin;
  const hasFile = inode !== undefined || fingerprint !== undefined;
  const file = hasFile ? ["file", word(device), word(inode), word(fingerprint)] : ["path", word(path), word(timestamp)];
  return hashed(["beats", word(agent), ...file, word(offset)], line);
}

/** The id of a foreign Kafka message: UUID v8 of SHA-256 over topic, partition and offset. */
export function idFromKafka(topic: string, partition: number, offset: string): string {
  return hashed(["kafka", topic, String(partition), offset]);
}

/** Numbers and their decimal text are the same: Filebeat changed from one to the other between versions. */
function word(value: string | number | undefined): string | null {
  return value === undefined ? null : String(value);
}

/** JSON keeps the words apart, and the line end keeps them from the line. */
function hashed(words: readonly (string | null)[], line?: Uint8Array): string {
  const hash = createHash("sha256").update(`${JSON.stringify(words)}\n`);
  if (line !== undefined) hash.update(line);
  return formatUuid8(hash.digest());
}
