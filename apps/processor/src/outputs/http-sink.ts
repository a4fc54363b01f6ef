import { Buffer } from "node:buffer";
import { type Clock, DeliveryError, PartialDeliveryError, type RejectedItem, toDeliveryError } from "@gatelog/pipeline";
import type { HttpOutputConfig } from "../config.ts";
import type { EventSink } from "../event-sink.ts";
import type { WorkEvent } from "../work-event.ts";
import { eventJson } from "./event-values.ts";
import { failureOf, retryAfterMs } from "./http-answer.ts";
import { HttpClient } from "./http-client.ts";
import type { OutputTls } from "./output-tls.ts";

/** So many events are refused in one write at most; then the rest waits, so that a server that refuses everything is not asked for each. */
const refusedMax = 10;
const requestBytesMin = 1024;

export interface HttpSinkOptions {
  readonly clock: Clock;
  /** Of `tls`, where it is given. */
  readonly tls?: OutputTls | undefined;
}

/** An event as it goes into a body. */
interface Part {
  readonly event: WorkEvent;
  readonly json: string;
  readonly bytes: number;
}

/**
 * Events as POST requests, one after the other.
 *
 * **Guarantee**: the server said 2xx when `write` resolves. What it refuses is halved until the event stands alone; what it does not answer is sent
 * again, so that an event may come twice, with the same `gatelog.id`. A server's Retry-After is kept to.
 */
export class HttpSink implements EventSink {
  readonly needs = ["fields"] as const;
  readonly #config: HttpOutputConfig;
  readonly #options: HttpSinkOptions;
  readonly #client: HttpClient;
  #requestBytesMax: number;
  #notBeforeMs = 0;

  constructor(config: HttpOutputConfig, options: HttpSinkOptions) {
    this.#config = config;
    this.#options = options;
    this.#client = new HttpClient(config, options.tls);
    this.#requestBytesMax = config.requestBytesMax;
  }

  /** **Errors**: StartError of the TLS files. */
  start(): Promise<void> {
    this.#options.tls?.material();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return this.#client.close();
  }

  /** Whether it can be reached shows with the first request. */
  status() {
    return { ready: true };
  }

  async write(batch: readonly WorkEvent[], signal?: AbortSignal): Promise<void> {
    const rejected: RejectedItem<WorkEvent>[] = [];
    // Runs still to be sent, the next one last.
    const pending = this.#runsOf(batch.map(toPart)).reverse();
    let delivered = 0;
    for (let run = pending.pop(); run !== undefined; run = pending.pop()) {
      const failure = rejected.length < refusedMax ? await this.#post(run, signal) : tooManyRefused;
      if (failure === undefined) {
        delivered += run.length;
      } else if (!failure.permanent) {
        if (delivered + rejected.length === 0) throw failure;
        throw partial(failure, rejected, [...run, ...pending.reverse().flat()]);
      } else if (run.length > 1) {
        const middle = Math.ceil(run.length / 2);
        pending.push(run.slice(middle), run.slice(0, middle));
      } else if (run[0] !== undefined) {
        rejected.push({ item: run[0].event, error: failure });
      }
    }
    if (rejected[0] !== undefined) throw partial(rejected[0].error, rejected, []);
  }

  /** Why the server did not take it; undefined where it did. */
  async #post(run: readonly Part[], signal: AbortSignal | undefined): Promise<DeliveryError | undefined> {
    const { clock } = this.#options;
    const waitMs = this.#notBeforeMs - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    try {
      const body = this.#bodyOf(run);
      const answer = await this.#client.post(body, signal);
      if (answer.status === 413 && run.length > 1) this.#requestBytesMax = Math.max(requestBytesMin, body.length >> 1);
      this.#notBeforeMs = clock.monotonicMs() + (retryAfterMs(answer.retryAfter, clock.now()) ?? 0);
      return failureOf(answer, this.#config.url);
    } catch (error) {
      return toDeliveryError(error);
    }
  }

  #bodyOf(run: readonly Part[]): Buffer {
    const texts = run.map(({ json }) => json);
    return Buffer.from(this.#config.format === "json" ? `[${texts.join(",")}]` : `${texts.join("\n")}\n`);
  }

  /** In order; an event that is larger than a request goes alone. */
  #runsOf(parts: readonly Part[]): Part[][] {
    const runs: Part[][] = [];
    let run: Part[] = [];
    let bytes = 0;
    for (const part of parts) {
      if (run.length > 0 && (run.length >= this.#config.requestEventsMax || bytes + part.bytes > this.#requestBytesMax)) {
        runs.push(run);
        run = [];
        bytes = 0;
      }
      run.push(part);
      bytes += part.bytes;
    }
    if (run.length > 0) runs.push(run);
    return runs;
  }
}

const tooManyRefused = new DeliveryError(
  "GATELOG_PROCESSOR_OUTPUT_HTTP_FAILED",
  `the server refused ${refusedMax} events of one batch; the rest waits a moment`,
  { permanent: false },
);

function toPart(event: WorkEvent): Part {
  const json = eventJson(event);
  return { event, json, bytes: Buffer.byteLength(json) + 1 };
}

function partial(error: DeliveryError, rejected: readonly RejectedItem<WorkEvent>[], undelivered: readonly Part[]) {
  return new PartialDeliveryError<WorkEvent>(error.code, error.message, { rejected, undelivered: undelivered.map(({ event }) => event) });
}
