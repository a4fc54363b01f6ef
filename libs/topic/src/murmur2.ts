import type { Buffer } from "node:buffer";

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;
const shift = 24;

/**
 * The hash by which Kafka's own clients choose a key's partition.
 *
 * **Units**: a signed 32-bit integer. **Source**: `Utils.murmur2` of Kafka's Java client.
 */
export function murmur2(key: Buffer): number {
  const { length } = key;
  const whole = length - (length % 4);
  let hash = seed ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(key.readInt32LE(at), multiplier);
    word = Math.imul(word ^ (word >>> shift), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  if (whole < length) hash = Math.imul(hash ^ restOf(key, whole), multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

/** The partition of a key, as `DefaultPartitioner` of Kafka's Java client chooses it. */
export function partitionOf(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

function restOf(key: Buffer, from: number): number {
  let rest = 0;
  for (let at = key.length - 1; at >= from; at -= 1) rest = (rest << 8) | (key[at] as number);
  return rest;
}
