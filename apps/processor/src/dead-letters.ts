import { Buffer } from "node:buffer";
import type { Clock, DeliveryError } from "@gatelog/pipeline";
import type { DurableLog } from "./durable-log.ts";

/*
 * A dead letter in its segment log.
 *
 *   letter = length head event
 *   length = u32be, bytes of the head
 *   head   = JSON text: {"v":1,"time","output","code","reason"}
 *   event  = the bytes of the event as the buffer kept it (stored-event.ts)
 */

/** The cursor that keeps every letter until somebody reads it: replay, or the command line. */
export const deadLetterCursor = "reader";

/** Why and when which output refused an event. */
export interface DeadLetter {
  /** ISO UTC. */
  readonly time: string;
  readonly output: string;
  readonly code: string;
  readonly reason: string;
  /** As the buffer kept it. */
  readonly event: Uint8Array;
}

/** Longest reason kept, in characters; a server may quote the whole document in its answer. */
const reasonLengthMax = 4096;

/** Bytes of a letter beside its event at most: a character of the reason may take six bytes as JSON, and the rest is short. */
export const deadLetterHeadBytesMax = reasonLengthMax * 6 + 4096;

/**
 * What outputs refused for good: bounded, fsynced, readable through its segment log.
 *
 * **Guarantee**: `keep` resolves when the letter is durable; while the store is full it waits, and so does its output.
 */
export class DeadLetters {
  readonly #log: DurableLog;
  readonly #clock: Clock;

  /** The log must have the cursor `deadLetterCursor`. */
  constructor(log: DurableLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  async keep(letter: Pick<DeadLetter, "output" | "event">, error: DeliveryError, signal: AbortSignal): Promise<void> {
    const time = new Date(this.#clock.now()).toISOString();
    const { code, message } = error;
    await this.#log.append([encodeDeadLetter({ ...letter, time, code, reason: message.slice(0, reasonLengthMax) })], signal);
  }

  get bytes(): number {
    return this.#log.bytes;
  }

  /** Why letters have to wait, or undefined. */
  trouble(): string | undefined {
    if (this.#log.isFull) return `the dead letters are full (${this.#log.bytes} bytes): replay or purge them`;
    return this.#log.trouble;
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** The letter as bytes for its log. */
export function encodeDeadLetter({ event, ...head }: DeadLetter): Buffer {
  const json = Buffer.from(JSON.stringify({ v: 1, ...head }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, event]);
}

/** **Errors**: throws on bytes that are no dead letter. */
export function decodeDeadLetter(bytes: Buffer): DeadLetter {
  const headEnd = 4 + bytes.readUInt32BE(0);
  if (headEnd > bytes.length) throw new RangeError("the dead letter is torn");
  const { time, output, code, reason } = JSON.parse(bytes.toString("utf8", 4, headEnd)) as Omit<DeadLetter, "event">;
  return { time, output, code, reason, event: bytes.subarray(headEnd) };
}
