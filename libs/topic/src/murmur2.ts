import { Buffer } from "node:buffer";
import { textBytes, writeTextBytes } from "./text-bytes.ts";

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;
const shift = 24;

/**
 * The hash by which Kafka's own clients choose a key's partition.
 *
 * **Units**: a signed 32-bit integer. **Source**: `Utils.murmur2` of Kafka's Java client.
 */
export function murmur2(key: Buffer, length = key.length, from = 0): number {
  const whole = from + length - (length % 4);
  let hash = seed ^ length;
  for (let at = from; at < whole; at += 4) {
    let word = Math.imul(key.readInt32LE(at), multiplier);
    word = Math.imul(word ^ (word >>> shift), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  if (whole < from + length) hash = Math.imul(hash ^ restOf(key, whole, from + length), multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

/** Keys as bytes, one after the other. */
const scratch = Buffer.alloc(256);

/** The partition of a key, as `DefaultPartitioner` of Kafka's Java client chooses it. */
export function partitionOf(key: string, partitions: number): number {
  if (partitions === 1) return 0;
  const length = textBytes(key);
  const bytes = length > scratch.length ? Buffer.alloc(length) : scratch;
  writeTextBytes(bytes, 0, key, length);
  return partitionOfBytes(bytes, 0, length, partitions);
}

/** The same for a key that is bytes of a buffer already. */
export function partitionOfBytes(bytes: Buffer, from: number, length: number, partitions: number): number {
  return partitions === 1 ? 0 : (murmur2(bytes, length, from) & 0x7fffffff) % partitions;
}

function restOf(key: Buffer, from: number, to: number): number {
  let rest = 0;
  for (let at = to - 1; at >= from; at -= 1) rest = (rest << 8) | (key[at] as number);
  return rest;
}
