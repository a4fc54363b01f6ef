import type { SeededRandom } from "@gatelog/testkit";
import type { WholeAnswer } from "./answer-reader.ts";

/** What is called, as the first segments of the path; the upstream server answers accordingly. */
export const callKinds = ["length", "chunked", "empty", "nothing", "not-modified", "late", "large", "failing"] as const;
export type CallKind = (typeof callKinds)[number];

/** How often each kind is called, beside the rest of 1,000. */
const shares: readonly (readonly [CallKind | "unrouted", number])[] = [
  ["length", 450],
  ["chunked", 200],
  ["empty", 100],
  ["nothing", 50],
  ["not-modified", 40],
  ["late", 60],
  ["large", 20],
  ["failing", 40],
  ["unrouted", 40],
];

/** One call, and what came of it as its client saw it. */
export interface Call {
  /** Its X-Request-Id. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** The start of the gateway to which its connection was made. */
  readonly life: number;
  /** Set when the last byte of its answer had come. */
  answer?: WholeAnswer | undefined;
  /** When that was, by the monotonic clock. */
  answeredMs?: number;
}

/** All calls of a run, in the order in which they were sent. */
export class Calls {
  readonly all: Call[] = [];
  readonly #callsMax: number;
  readonly #random: SeededRandom;

  constructor(callsMax: number, random: SeededRandom) {
    this.#callsMax = callsMax;
    this.#random = random;
  }

  get isOver(): boolean {
    return this.all.length >= this.#callsMax;
  }

  get whole(): readonly Call[] {
    return this.all.filter(({ answer }) => answer !== undefined);
  }

  /** Up to `count` new calls, which are to be sent now. */
  next(count: number, life: number): Call[] {
    const calls: Call[] = [];
    for (; calls.length < count && !this.isOver;) {
      const call = this.#make(life);
      this.all.push(call);
      calls.push(call);
    }
    return calls;
  }

  #make(life: number): Call {
    const id = `soak-${this.all.length + 1}`;
    const kind = this.#kind();
    const method = this.#random.pick(["GET", "GET", "POST", "POST", "HEAD"]);
    const body = method === "POST" ? JSON.stringify({ id, text: "这是对kafka的测试".repeat(this.#random.integer(1, 20)) }) : "";
    return { id, method, path: kind === "unrouted" ? `/unrouted/${id}` : `/soak/${kind}/${id}`, body, life };
  }

  #kind(): CallKind | "unrouted" {
    let drawn = this.#random.integer(0, 999);
    return shares.find(([, share]) => (drawn -= share) < 0)?.[0] ?? "length";
  }
}

/** The call as it is sent. */
export function requestBytes({ id, method, path, body }: Call): Buffer {
  const length = body === "" ? "" : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: soak\r\nx-request-id: ${id}\r\n${length}\r\n${body}`);
}
