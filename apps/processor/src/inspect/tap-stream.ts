import { Buffer } from "node:buffer";
import type { Clock } from "@gatelog/pipeline";
import type { Predicate } from "../filters/condition.ts";
import { encodeEvent } from "../plain-event.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import { viewOf } from "./event-view.ts";

/** Bytes of lines that wait for one client. */
export const waitingBytesMax = 1024 * 1024;
/** What looking at events for one client may take of a second: the stream has to go on. */
const lookMsPerSecondMax = 50;
/** So often a client without events gets an empty line, so that nobody between takes the connection for dead. */
const aliveMs = 15_000;

/** What a client wants to see. */
export interface TapWish {
  readonly at: string;
  readonly output?: string | undefined;
  readonly where?: Predicate | undefined;
  /** Events that it gets, then it ends. */
  readonly limit?: number | undefined;
  /** One event in so many is looked at. */
  readonly sample: number;
}

/** Where an event was seen. */
export interface TapPlace {
  readonly at: string;
  readonly input?: string;
  readonly output?: string;
  /** Of a filter or condition: whether the event goes on. */
  readonly kept?: boolean;
}

/**
 * The events that one client sees, as lines of JSON.
 *
 * **Shape**: `{"at":"parseRecord","output":"kerry","kept":true,"event":{"id","time","type","line","fields",…}}`; `{"tap":{"leftOut":123}}` says how many events
 * the client was too slow for, or there was no time to look at.
 * **Guarantee**: `offer` never waits, never throws, keeps at most `waitingBytesMax` and one line, and leaves the event as it is.
 */
export class TapStream {
  readonly wish: TapWish;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  #lines: string[] = [];
  #waitingBytes = 0;
  #leftOut = 0;
  #offered = 0;
  #shown = 0;
  #secondBeganMs = 0;
  #lookedMs = 0;
  #wake = new AbortController();

  constructor(wish: TapWish, clock: Clock) {
    this.wish = wish;
    this.#clock = clock;
  }

  offer(place: TapPlace, event: WorkEvent): void {
    if (this.#ended.signal.aborted || this.#offered++ % this.wish.sample !== 0) return;
    const startedMs = this.#clock.monotonicMs();
    if (!this.#hasRoom(startedMs)) this.#leftOut += 1;
    else {
      this.#look(place, event);
      this.#lookedMs += this.#clock.monotonicMs() - startedMs;
    }
    if (this.#lines.length > 0 || this.#leftOut > 0) this.#wake.abort();
  }

  /** No more events are taken; what waits is still given out. */
  end(): void {
    this.#ended.abort();
    this.#wake.abort();
  }

  /** The lines, many at a time. */
  async *read(): AsyncGenerator<string> {
    for (;;) {
      const text = this.#take();
      if (text !== "") yield text;
      else if (this.#ended.signal.aborted) return;
      else if (!(await this.#waitForLines())) yield "\n";
    }
  }

  #hasRoom(nowMs: number): boolean {
    if (nowMs - this.#secondBeganMs >= 1000) {
      this.#secondBeganMs = nowMs;
      this.#lookedMs = 0;
    }
    return this.#lookedMs < lookMsPerSecondMax && this.#waitingBytes < waitingBytesMax;
  }

  #look(place: TapPlace, event: WorkEvent): void {
    try {
      if (this.wish.where?.(copyOf(event)) === false) return;
      const line = `${JSON.stringify({ ...place, event: viewOf(event) })}\n`;
      this.#waitingBytes += Buffer.byteLength(line);
      this.#lines.push(line);
      if (++this.#shown === this.wish.limit) this.end();
    } catch {
      // What cannot be shown, such as a value of a user's script that is no JSON.
      this.#leftOut += 1;
    }
  }

  #take(): string {
    const lines = this.#lines;
    if (this.#leftOut > 0) lines.push(`${JSON.stringify({ tap: { leftOut: this.#leftOut } })}\n`);
    this.#lines = [];
    this.#leftOut = 0;
    this.#waitingBytes = 0;
    return lines.join("");
  }

  /** False when there were none for `aliveMs`. */
  async #waitForLines(): Promise<boolean> {
    this.#wake = new AbortController();
    const { signal } = this.#wake;
    await this.#clock.sleep(aliveMs, signal);
    return signal.aborted;
  }
}

/** A condition that reads an event's fields makes an output write them anew: it gets an event of its own, over the same record and document. */
function copyOf(event: WorkEvent): WorkEvent {
  const { id, time, type, line, fieldsJson, parsed, document } = event;
  const copy = decodeEvent(encodeEvent({ id, time, type, line, fieldsJson }));
  if (copy === undefined) throw new Error("an event that was encoded cannot be read");
  copy.parsed = parsed;
  copy.document = document;
  return copy;
}
