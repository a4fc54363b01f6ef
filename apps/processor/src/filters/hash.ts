import { Buffer } from "node:buffer";

/** MurmurHash3 of 32 bits (x86) over the text's UTF-8: spreads evenly, and is no secret. */
export function murmur3(text: string, seed = 0): number {
  const bytes = Buffer.from(text);
  const blocksEnd = bytes.length - (bytes.length % 4);
  let hash = seed;
  for (let at = 0; at < blocksEnd; at += 4) {
    hash ^= scramble(bytes.readUInt32LE(at));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= blocksEnd; at--) rest = (rest << 8) | (bytes[at] as number);
  hash ^= scramble(rest) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
