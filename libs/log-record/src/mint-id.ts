import { randomFillSync } from "node:crypto";
import { hexOfByte } from "./uuid.ts";

/** Ids that one refill of the random pool serves. */
const pooledIds = 512;
const randomBytesPerId = 8;
const counterMax = 0xfff;

const pool = new Uint8Array(pooledIds * randomBytesPerId);
let poolUsed = pool.length;
let lastMs = 0;
let counter = 0;
/** The first 15 characters of this millisecond's ids: its time and the version. */
let prefix = "";

/**
 * A new UUID v7.
 *
 * **Shape**: 48 bits of milliseconds, a 12-bit counter that starts at a random value below half in every millisecond, 62 random bits.
 * **Guarantee**: strictly ascending as text within a process, also when the clock jumps back; then, and after more than
 * 2,048 ids in one millisecond, its time runs ahead of the clock.
 */
export function mintId(nowMs: number = Date.now()): string {
  if (poolUsed === pool.length) refill();
  const random = poolUsed;
  poolUsed += randomBytesPerId;
  if (nowMs > lastMs) begin(Math.trunc(nowMs), random);
  else if (counter < counterMax) counter += 1;
  else begin(lastMs + 1, random);
  const h = (offset: number) => hexOfByte[pool[random + offset]!]!;
  const fourth = hexOfByte[(pool[random]! & 0x3f) | 0x80]!;
  // The counter's high four bits and its low eight.
  const third = `${hexOfByte[counter >>> 8]![1]!}${hexOfByte[counter & 0xff]!}`;
  return `${prefix}${third}-${fourth}${h(1)}-${h(2)}${h(3)}${h(4)}${h(5)}${h(6)}${h(7)}`;
}

/** Starts a millisecond: the counter begins in its lower half, so that it has room to count. */
function begin(ms: number, random: number): void {
  lastMs = ms;
  // The bits that the variant overwrites, and some that are used again: uniqueness rests on the 62 bits that follow.
  counter = ((pool[random]! << 3) ^ pool[random + 1]!) & (counterMax >>> 1);
  const time = ms.toString(16).padStart(12, "0");
  prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
}

function refill(): void {
  randomFillSync(pool);
  poolUsed = 0;
}
