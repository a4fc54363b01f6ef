import { Buffer } from "node:buffer";
import { join } from "node:path";
import { backOff, deliverAll, DeliveryError, systemClock } from "@gatelog/pipeline";
import { openSegmentLog } from "@gatelog/segment-log";
import { codeOf, StartError } from "@gatelog/service-kit";
import { type Config, type OutputConfig, outputName } from "./config.ts";
import type { KeptLetter, Settlement } from "./dead-letter-store.ts";
import type { EventSink } from "./event-sink.ts";
import type { FilterChain } from "./filters/chain.ts";
import { createOutputParts } from "./output-parts.ts";
import type { Reports } from "./reports.ts";
import { decodeEvent } from "./stored-event.ts";
import type { WorkEvent } from "./work-event.ts";

/** How long an output may take nothing before the replay ends; every letter that is not yet durable stays. */
const portionMsMax = 60_000;

export interface ReplayOptions {
  readonly config: Config;
  readonly resolvePath: (path: string) => string;
  readonly reports: Reports;
  /** Ends it early; what is not durable by then stays. */
  readonly signal?: AbortSignal;
}

/**
 * Writes dead letters to the output that refused them, through today's filters, in this process: the one that runs is not disturbed.
 *
 * **Guarantee**: what `replay` names as done is durable in that output under its own id, or today's filters drop it.
 */
export class LetterReplay {
  readonly #options: ReplayOptions;
  readonly #targets = new Map<string, { readonly sink: EventSink; readonly chain: FilterChain }>();
  #closeBuffer: (() => Promise<void>) | undefined;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Of letters of several outputs. **Errors**: StartError when an output takes nothing, or belongs to the processor that runs. */
  async replay(letters: readonly KeptLetter[]): Promise<Settlement> {
    const done: number[] = [];
    const refused: { offset: number; error: DeliveryError }[] = [];
    for (const name of new Set(letters.map(({ output }) => output))) {
      const settled = await this.#replayTo(
        name,
        letters.filter(({ output }) => output === name),
      );
      done.push(...settled.done);
      refused.push(...settled.refused);
    }
    return { done, refused };
  }

  async close(): Promise<void> {
    for (const { sink, chain } of this.#targets.values()) {
      await sink.stop();
      chain.close();
    }
    await this.#closeBuffer?.();
  }

  async #replayTo(name: string, letters: readonly KeptLetter[]): Promise<Settlement> {
    const output = this.#options.config.outputs.find((one) => outputName(one) === name);
    if (output === undefined) return { done: [], refused: [] };
    const { sink, chain } = this.#targets.get(name) ?? (await this.#open(name, output));
    const offsets = new Map<Uint8Array, number>();
    const refused: { offset: number; error: DeliveryError }[] = [];
    const events: WorkEvent[] = [];
    for (const { offset, event } of letters) {
      const decoded = decodeEvent(Buffer.from(event));
      if (decoded === undefined) refused.push({ offset, error: unreadable });
      else {
        offsets.set(decoded.bytes, offset);
        events.push(decoded);
      }
    }
    await this.#deliver(name, sink, {
      events: chain.run(events),
      onRefused: (event, error) => {
        const offset = offsets.get(event.bytes);
        if (offset !== undefined) refused.push({ offset, error });
      },
    });
    const kept = new Set(refused.map(({ offset }) => offset));
    return { done: letters.map(({ offset }) => offset).filter((offset) => !kept.has(offset)), refused };
  }

  async #deliver(
    name: string,
    sink: EventSink,
    { events, onRefused }: { readonly events: readonly WorkEvent[]; readonly onRefused: (event: WorkEvent, error: DeliveryError) => void },
  ): Promise<void> {
    let trouble = "it does not answer";
    const { signal } = this.#options;
    const timeout = AbortSignal.timeout(portionMsMax);
    try {
      await deliverAll(sink, events, {
        clock: systemClock,
        backOff: backOff(this.#options.config.retry),
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        consecutiveDeadLettersMax: Infinity,
        deadLetter: ({ item, error }) => Promise.resolve(onRefused(item, error)),
        onRetry: (error) => (trouble = error.message),
      });
    } catch (error) {
      if (signal?.aborted === true) throw new StartError("the replay was ended; what was not written stays", { cause: error });
      const sentence = `the output ${name} took no letters for ${portionMsMax / 1000} s: ${trouble}; what it has not taken stays`;
      throw new StartError(sentence, { cause: error });
    }
  }

  async #open(name: string, output: OutputConfig) {
    if (isInDirectory(output)) await this.#lockBuffer(name);
    const parts = { ...this.#options, clock: systemClock, onNotice: () => undefined, onUnwanted: () => undefined };
    const target = createOutputParts(output, parts);
    await target.sink.start();
    this.#targets.set(name, target);
    return target;
  }

  /** Files have one writer: no processor may run, or be started, meanwhile. */
  async #lockBuffer(name: string): Promise<void> {
    if (this.#closeBuffer !== undefined) return;
    const { buffer, outputs } = this.#options.config;
    try {
      const log = await openSegmentLog({ dir: join(buffer.dir, "events"), bytesMax: buffer.bytesMax, cursors: outputs.map(outputName) });
      this.#closeBuffer = () => log.close();
    } catch (error) {
      if (codeOf(error) !== "GATELOG_SEGMENT_LOG_LOCKED") throw error;
      const sentence = `the output ${name} writes into files, which the running processor holds: stop it, and replay then`;
      throw new StartError(sentence, { cause: error });
    }
  }
}

/** Whether the output writes into files, which have one writer. */
export function isInDirectory(output: OutputConfig): boolean {
  return "file" in output || ("topic" in output && "embedded" in output.topic);
}

const unreadable = new DeliveryError("GATELOG_PROCESSOR_EVENT_UNREADABLE", "the letter holds no event that this version can read", {
  permanent: true,
});
