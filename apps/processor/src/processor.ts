import { join } from "node:path";
import { setMaxListeners } from "node:events";
import { backOff } from "@gatelog/pipeline";
import { openCursor } from "@gatelog/segment-log";
import { type App, type AppContext, ensureWritableDirectory, type PartReadiness } from "@gatelog/service-kit";
import { type Config, outputName } from "./config.ts";
import { DeadLetterDesk } from "./dead-letter-desk.ts";
import { addDeadLetterRoutes } from "./dead-letter-routes.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { DurableLog } from "./durable-log.ts";
import type { FixedEvent } from "./fix-identity.ts";
import { createInput, inputKind, inputNames } from "./inputs/create-input.ts";
import type { Input, InputContext } from "./inputs/input.ts";
import { createIntake } from "./intake.ts";
import { createForeignMask } from "./masking/mask-foreign.ts";
import { createMetrics } from "./metrics.ts";
import { openBuffer, openDeadLetterLog } from "./open-logs.ts";
import { Output } from "./output.ts";
import { createOutputChain, createOutputParts, type OutputPartsOptions } from "./output-parts.ts";
import { OutputChains } from "./reload/output-chains.ts";
import { Reload } from "./reload/reload.ts";
import { Reports } from "./reports.ts";

/** Wires the processor: inputs → buffer → outputs, each with its own cursor. */
export function createProcessor(context: AppContext<Config>): App {
  return new Processor(context);
}

class Processor implements App {
  readonly #context: AppContext<Config>;
  readonly #reports: Reports;
  readonly #metrics;
  readonly #givingUp = new AbortController();
  readonly #desk: DeadLetterDesk;
  readonly #chains = new OutputChains<Config>();
  readonly #reload: Reload;
  /** As it is in use: what a reload has taken up is in it. */
  #config: Config;
  #buffer: DurableLog | undefined;
  #deadLetters: DeadLetters | undefined;
  #inputs: Input[] = [];
  #outputs: Output[] = [];

  constructor(context: AppContext<Config>) {
    this.#context = context;
    this.#config = context.config;
    this.#metrics = createMetrics(context.metrics);
    this.#reports = new Reports(context.logger, this.#metrics);
    this.#metrics.observe(() => this.#liveValues());
    const { resolvePath, clock, admin } = context;
    const parts = { reports: this.#reports, metrics: this.#metrics, resolvePath, clock };
    this.#desk = new DeadLetterDesk({ ...parts, config: () => this.#config });
    addDeadLetterRoutes(admin, this.#desk);
    const use = (config: Config) => this.#use(config);
    this.#reload = new Reload({ context, reports: this.#reports, metrics: this.#metrics, config: () => this.#config, use });
    // Every append under way listens.
    setMaxListeners(0, this.#givingUp.signal);
  }

  async start(): Promise<void> {
    const { config } = this.#context;
    await ensureWritableDirectory(config.buffer.dir, "buffer.dir");
    const logs = { context: this.#context, reports: this.#reports };
    this.#buffer = await openBuffer(logs);
    this.#deadLetters = new DeadLetters(await openDeadLetterLog(logs), this.#context.clock);
    for (const output of this.#config.outputs) this.#outputs.push(this.#createOutput(output, this.#deadLetters));
    for (const output of this.#outputs) await output.start();
    this.#inputs = this.#createInputs(this.#buffer);
    for (const input of this.#inputs) await input.start();
    this.#reload.start();
  }

  /** At the deadline nobody is waited for any more: what is acknowledged is in the buffer, and what is written is committed. */
  async stop(signal: AbortSignal): Promise<void> {
    const giveUp = () => this.#givingUp.abort();
    this.#reload.stop();
    void this.#context.clock.sleep(this.#config.drainMsMax, this.#givingUp.signal).then(giveUp);
    const deadline = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([this.#drain(giveUp), deadline]);
    giveUp();
  }

  async #drain(giveUp: () => void): Promise<void> {
    await Promise.all([this.#desk.stop(), ...this.#inputs.map((input) => input.stop())]);
    await Promise.all(this.#outputs.map((output) => output.stop(this.#givingUp.signal)));
    const left = this.#outputs.map((output) => ({ output: output.name, events: output.lag() }));
    this.#context.logger.info({ left }, "what is left stays in the buffer for the next start");
    giveUp();
    this.#chains.close();
    await this.#deadLetters?.close();
    await this.#buffer?.close();
  }

  readiness(): readonly PartReadiness[] {
    const outputs = this.#outputs.map((output) => output.readiness());
    return [this.#bufferReadiness(), ...this.#inputs.map(inputReadiness), ...outputs, ...this.#reload.parts()];
  }

  ports(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#inputs.flatMap(({ name, port }) => (port === undefined ? [] : [[name, port]])));
  }

  #bufferReadiness(): PartReadiness {
    const full = this.#buffer?.isFull === true ? "it is full: senders are not acknowledged until an output catches up" : undefined;
    const reason = full ?? this.#buffer?.trouble ?? this.#deadLetters?.trouble();
    return reason === undefined ? { name: "buffer", ready: true } : { name: "buffer", ready: false, reason };
  }

  #createOutput(output: Config["outputs"][number], deadLetters: DeadLetters): Output {
    const { config, clock } = this.#context;
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
      metrics: this.#metrics,
      retry: backOff(config.retry),
      chain: () => this.#chains.of(name),
      openCursor: () => openCursor({ dir, name, onEvent: (event) => this.#reports.log(event, { output: name }) }),
      onEvent: (event) => this.#reports.say(event, { output: name }),
    });
  }

  #partsOptions(config: Config, output: string): OutputPartsOptions {
    return {
      ...this.#context,
      config,
      reports: this.#reports,
      onNotice: (notice) => this.#reports.say({ code: "GATELOG_PROCESSOR_FILTER_NOTICE", ...notice }, { output }),
      onUnwanted: () => this.#metrics.eventsUnwanted.inc({ output }),
    };
  }

  #use(config: Config): void {
    this.#chains.replace(config);
    this.#config = config;
  }

  #createInputs(buffer: DurableLog): Input[] {
    const { inputs, masking } = this.#context.config;
    const mask = masking.foreign ? createForeignMask(masking) : (event: FixedEvent) => event;
    const names = inputNames(inputs);
    return inputs.map((input, index) => {
      const key = `inputs[${index}].${inputKind(input)}`;
      return createInput(input, this.#inputContext({ name: names[index] as string, key }, buffer, mask));
    });
  }

  #inputContext(
    place: { readonly name: string; readonly key: string },
    buffer: DurableLog,
    mask: (event: FixedEvent) => FixedEvent,
  ): InputContext {
    const { config, clock } = this.#context;
    const { name } = place;
    return {
      ...place,
      clock,
      reports: this.#reports,
      seedTimeZone: config.seedTimeZone,
      givingUp: this.#givingUp.signal,
      isBufferFull: () => buffer.isFull,
      onEnd: () => this.#onInputEnd(name),
      intake: (handling) =>
        createIntake({
          ...handling,
          fix: (item) => mask(handling.fix(item)),
          input: name,
          append: (events, signal = this.#givingUp.signal) => buffer.append(events, signal),
          lineBytesMax: config.limits.lineBytesMax,
          metrics: this.#metrics,
          onWithoutLine: (items) => this.#reports.framesWithoutLine(name, items),
        }),
    };
  }

  #onInputEnd(name: string): void {
    if (this.#inputs.length === 1) this.#context.requestStop(`the input ${name} has ended, and is the only one`);
  }

  #liveValues() {
    return {
      bufferBytes: this.#buffer?.bytes ?? 0,
      bufferBytesMax: this.#context.config.buffer.bytesMax,
      deadLetterBytes: this.#deadLetters?.bytes ?? 0,
      loadOf: new Map(this.#inputs.map((input) => [input.name, input.load()])),
      lagOf: new Map(this.#outputs.map((output) => [output.name, output.lag()])),
      chainOf: new Map(this.#outputs.map((output) => [output.name, output.chain])),
    };
  }
}

function inputReadiness(input: Input): PartReadiness {
  const name = `input ${input.name}`;
  const reason = input.trouble();
  return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
}
