import { join } from "node:path";
import { createLumberjackSource, type LumberjackSource } from "@gatelog/lumberjack";
import { backOff } from "@gatelog/pipeline";
import { openCursor } from "@gatelog/segment-log";
import { type App, type AppContext, ensureWritableDirectory, listenError, type PartReadiness } from "@gatelog/service-kit";
import { type Config, outputName } from "./config.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { DurableLog } from "./durable-log.ts";
import { createIntake } from "./intake.ts";
import { createMetrics } from "./metrics.ts";
import { openBuffer, openDeadLetterLog } from "./open-logs.ts";
import { Output } from "./output.ts";
import { Reports } from "./reports.ts";
import { createSink } from "./create-sink.ts";
import { createChain } from "./filters/create-chain.ts";
import { parseFilters } from "./filters/parse-filters.ts";
import { decodeEvent } from "./stored-event.ts";
import type { WorkEvent } from "./work-event.ts";

/** Wires the processor: inputs → buffer → outputs, each with its own cursor. */
export function createProcessor(context: AppContext<Config>): App {
  return new Processor(context);
}

class Processor implements App {
  readonly #context: AppContext<Config>;
  readonly #reports: Reports;
  readonly #metrics;
  readonly #givingUp = new AbortController();
  #buffer: DurableLog | undefined;
  #deadLetters: DeadLetters | undefined;
  #inputs: LumberjackSource[] = [];
  #outputs: Output[] = [];

  constructor(context: AppContext<Config>) {
    this.#context = context;
    this.#metrics = createMetrics(context.metrics);
    this.#reports = new Reports(context.logger, this.#metrics);
    this.#metrics.observe(() => this.#liveValues());
  }

  async start(): Promise<void> {
    const { config } = this.#context;
    await ensureWritableDirectory(config.buffer.dir, "buffer.dir");
    const logs = { context: this.#context, reports: this.#reports };
    this.#buffer = await openBuffer(logs);
    this.#deadLetters = new DeadLetters(await openDeadLetterLog(logs), this.#context.clock);
    for (const output of config.outputs) this.#outputs.push(this.#createOutput(output, this.#deadLetters));
    for (const output of this.#outputs) await output.start();
    for (const input of config.inputs) await this.#startInput(input, this.#buffer);
  }

  /** At the deadline nobody is waited for any more: what is acknowledged is in the buffer, and what is written is committed. */
  async stop(signal: AbortSignal): Promise<void> {
    const { config, clock } = this.#context;
    const giveUp = () => this.#givingUp.abort();
    void clock.sleep(config.drainMsMax, this.#givingUp.signal).then(giveUp);
    const deadline = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([this.#drain(giveUp), deadline]);
    giveUp();
  }

  async #drain(giveUp: () => void): Promise<void> {
    await Promise.all(this.#inputs.map((input) => input.stop()));
    await Promise.all(this.#outputs.map((output) => output.stop(this.#givingUp.signal)));
    const left = this.#outputs.map((output) => ({ output: output.name, events: output.lag() }));
    this.#context.logger.info({ left }, "what is left stays in the buffer for the next start");
    giveUp();
    await this.#deadLetters?.close();
    await this.#buffer?.close();
  }

  readiness(): readonly PartReadiness[] {
    return [this.#bufferReadiness(), ...this.#inputs.map(inputReadiness), ...this.#outputs.map((output) => output.readiness())];
  }

  ports(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#inputs.map((input, index) => [index === 0 ? "beats" : `beats${index + 1}`, input.port]));
  }

  #bufferReadiness(): PartReadiness {
    const full = this.#buffer?.isFull === true ? "it is full: senders are not acknowledged until an output catches up" : undefined;
    const reason = full ?? this.#buffer?.trouble ?? this.#deadLetters?.trouble();
    return reason === undefined ? { name: "buffer", ready: true } : { name: "buffer", ready: false, reason };
  }

  #createOutput(output: Config["outputs"][number], deadLetters: DeadLetters): Output {
    const { config, clock } = this.#context;
    const name = outputName(output);
    const sink = createSink(output, config, this.#reports);
    const dir = join(config.buffer.dir, "events");
    const chain = createChain({
      specs: parseFilters(config.filters, this.#context.resolvePath(".")).specs,
      needs: sink.needs,
      eventMsMax: config.limits.filterEventMsMax,
      context: {
        seedTimeZone: config.seedTimeZone,
        resolvePath: this.#context.resolvePath,
        clock,
        onNotice: (notice) => this.#reports.say({ code: "GATELOG_PROCESSOR_FILTER_NOTICE", ...notice }, { output: name }),
      },
      hooks: { onFailure: (node, error) => this.#reports.filterFailed(name, node, error), again },
    });
    return new Output({
      name,
      sink,
      deadLetters,
      clock,
      batch: config.batch,
      metrics: this.#metrics,
      retry: backOff(config.retry),
      chain: () => chain,
      openCursor: () => openCursor({ dir, name, onEvent: (event) => this.#reports.log(event, { output: name }) }),
      onEvent: (event) => this.#reports.say(event, { output: name }),
    });
  }

  async #startInput({ beats }: Config["inputs"][number], buffer: DurableLog): Promise<void> {
    const { config } = this.#context;
    const intake = createIntake({
      append: (events) => buffer.append(events, this.#givingUp.signal),
      seedTimeZone: config.seedTimeZone,
      lineBytesMax: config.limits.lineBytesMax,
      metrics: this.#metrics,
      onWithoutLine: (frames) => this.#reports.framesWithoutLine(frames),
    });
    const source = createLumberjackSource({ ...beats, onEvent: (event) => this.#reports.peer(event) });
    this.#inputs.push(source);
    try {
      await source.start(intake);
    } catch (error) {
      throw listenError(error instanceof Error && error.cause !== undefined ? error.cause : error, { key: "inputs.beats.port", ...beats });
    }
  }

  #liveValues() {
    const statuses = this.#inputs.map((input) => input.status());
    return {
      bufferBytes: this.#buffer?.bytes ?? 0,
      bufferBytesMax: this.#context.config.buffer.bytesMax,
      deadLetterBytes: this.#deadLetters?.bytes ?? 0,
      connections: statuses.reduce((sum, { connections }) => sum + connections, 0),
      inFlightBytes: statuses.reduce((sum, { inFlightBytes }) => sum + inFlightBytes, 0),
      lagOf: new Map(this.#outputs.map((output) => [output.name, output.lag()])),
    };
  }
}

function inputReadiness(input: LumberjackSource): PartReadiness {
  const name = `input beats:${input.port}`;
  return input.status().listening ? { name, ready: true } : { name, ready: false, reason: "it does not listen" };
}

/** The event anew, from what the buffer keeps. */
function again({ bytes }: WorkEvent): WorkEvent {
  const event = decodeEvent(bytes);
  if (event === undefined) throw new Error("an event that was read cannot be read again");
  return event;
}
