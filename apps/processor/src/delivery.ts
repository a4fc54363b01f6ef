import { join } from "node:path";
import { backOff } from "@gatelog/pipeline";
import { openCursor } from "@gatelog/segment-log";
import { type AppContext, ensureWritableDirectory, type PartReadiness } from "@gatelog/service-kit";
import { type Config, type OutputConfig, outputName } from "./config.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { DurableLog } from "./durable-log.ts";
import type { ChainTap } from "./filters/chain.ts";
import type { Metrics } from "./metrics.ts";
import { openBuffer, openDeadLetterLog } from "./open-logs.ts";
import { Output } from "./output.ts";
import { createOutputChain, createOutputParts, type OutputPartsOptions } from "./output-parts.ts";
import { OutputChains } from "./reload/output-chains.ts";
import type { Reports } from "./reports.ts";

export interface DeliveryOptions extends Pick<AppContext<Config>, "resolvePath" | "clock" | "config"> {
  readonly reports: Reports;
  readonly metrics: Metrics;
  /** Asked once a batch: who looks at an output's events. */
  readonly tapOf?: (output: string) => ChainTap | undefined;
}

/** What an output has still to write, and why it does not. */
export interface OutputLeft {
  readonly output: string;
  readonly events: number;
  readonly reason?: string;
}

/** All that is behind the inputs: the buffer, the dead letters, and the outputs that empty the one and fill the other. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #chains = new OutputChains<Config>();
  #config: Config;
  #buffer: DurableLog | undefined;
  #deadLetters: DeadLetters | undefined;
  #outputs: readonly Output[] = [];

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** Opens the logs and starts the outputs; resolves with the buffer. **Errors**: StartError, also while another process has the buffer. */
  async start(): Promise<DurableLog> {
    const { config, clock, reports } = this.#options;
    await ensureWritableDirectory(config.buffer.dir, "buffer.dir");
    const logs = { context: { config, clock }, reports };
    const buffer = await openBuffer(logs);
    this.#buffer = buffer;
    const deadLetters = new DeadLetters(await openDeadLetterLog(logs), clock);
    this.#deadLetters = deadLetters;
    this.#outputs = this.#config.outputs.map((output) => this.#createOutput(output, deadLetters));
    for (const output of this.#outputs) await output.start();
    return buffer;
  }

  /** Takes up the filters of a changed configuration. **Errors**: StartError; then everything is as it was. */
  use(config: Config): void {
    this.#chains.replace(config);
    this.#config = config;
  }

  /** Lets the outputs write what is in the buffer, until there is no more or `signal` aborts, and stops them. */
  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#outputs.map((output) => output.stop(signal)));
  }

  /** After `stop`. */
  async close(): Promise<void> {
    this.#chains.close();
    await this.#deadLetters?.close();
    await this.#buffer?.close();
  }

  get outputs(): readonly Output[] {
    return this.#outputs;
  }

  get bufferBytes(): number {
    return this.#buffer?.bytes ?? 0;
  }

  get deadLetterBytes(): number {
    return this.#deadLetters?.bytes ?? 0;
  }

  /** What every output has to write of what is in the buffer now. */
  left(): readonly OutputLeft[] {
    return this.#outputs.map((output) => {
      const { reason } = output.readiness();
      return { output: output.name, events: output.lag(), ...(reason === undefined ? {} : { reason }) };
    });
  }

  bufferReadiness(): PartReadiness {
    const full = this.#buffer?.isFull === true ? "it is full: senders are not acknowledged until an output catches up" : undefined;
    const reason = full ?? this.#buffer?.trouble ?? this.#deadLetters?.trouble();
    return reason === undefined ? { name: "buffer", ready: true } : { name: "buffer", ready: false, reason };
  }

  #createOutput(output: OutputConfig, deadLetters: DeadLetters): Output {
    const { config, clock, metrics, reports } = this.#options;
    const { name, sink, chain } = createOutputParts(output, this.#partsOptions(this.#config, outputName(output)));
    this.#chains.add(name, chain, (changed) => {
      const same = changed.outputs.find((one) => outputName(one) === name) ?? output;
      return createOutputChain(same, sink, this.#partsOptions(changed, name));
    });
    const dir = join(config.buffer.dir, "events");
    return new Output({
      name,
      sink,
      deadLetters,
      clock,
      batch: config.batch,
      metrics,
      retry: backOff(config.retry),
      chain: () => this.#chains.of(name),
      bufferEnd: () => this.#buffer?.stats().endOffset ?? 0,
      openCursor: () => openCursor({ dir, name, onEvent: (event) => reports.log(event, { output: name }) }),
      onEvent: (event) => reports.say(event, { output: name }),
    });
  }

  #partsOptions(config: Config, output: string): OutputPartsOptions {
    const { resolvePath, clock, reports, metrics, tapOf } = this.#options;
    return {
      config,
      resolvePath,
      clock,
      reports,
      onNotice: (notice) => reports.say({ code: "GATELOG_PROCESSOR_FILTER_NOTICE", ...notice }, { output }),
      onUnwanted: () => metrics.eventsUnwanted.inc({ output }),
      tap: () => tapOf?.(output),
    };
  }
}
