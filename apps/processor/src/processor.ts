import { setMaxListeners } from "node:events";
import type { App, AppContext, PartReadiness } from "@gatelog/service-kit";
import type { Config } from "./config.ts";
import { DeadLetterDesk } from "./dead-letter-desk.ts";
import { addDeadLetterRoutes } from "./dead-letter-routes.ts";
import { Delivery } from "./delivery.ts";
import { addDrainRoutes, Drain } from "./drain/drain.ts";
import type { DurableLog } from "./durable-log.ts";
import type { FixedEvent } from "./fix-identity.ts";
import { addTapRoute } from "./inspect/tap-route.ts";
import { Taps } from "./inspect/taps.ts";
import { createInput, inputKind, inputNames } from "./inputs/create-input.ts";
import type { Input, InputContext } from "./inputs/input.ts";
import { createIntake } from "./intake.ts";
import { createForeignMask } from "./masking/mask-foreign.ts";
import { createMetrics } from "./metrics.ts";
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
  readonly #taps: Taps;
  readonly #delivery: Delivery;
  readonly #drain: Drain;
  readonly #reload: Reload;
  /** As it is in use: what a reload has taken up is in it. */
  #config: Config;
  #inputs: Input[] = [];
  #areInputsStarted = false;
  #inputsStopped: Promise<void> | undefined;

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
    this.#taps = new Taps({ clock, chains: () => this.#chainOf() });
    addTapRoute(admin, this.#taps);
    this.#delivery = new Delivery({ ...parts, config: this.#config, tapOf: (output) => this.#taps.ofOutput(output) });
    this.#drain = new Drain({
      isStarted: () => this.#areInputsStarted,
      stopInputs: () => this.#stopInputs(),
      left: () => this.#delivery.left(),
      reports: this.#reports,
    });
    addDrainRoutes(admin, this.#drain);
    const use = (config: Config) => this.#use(config);
    this.#reload = new Reload({ context, reports: this.#reports, metrics: this.#metrics, config: () => this.#config, use });
    // Every append under way listens.
    setMaxListeners(0, this.#givingUp.signal);
  }

  async start(): Promise<void> {
    const buffer = await this.#delivery.start();
    this.#inputs = this.#createInputs(buffer);
    for (const input of this.#inputs) await input.start();
    this.#areInputsStarted = true;
    this.#reload.start();
  }

  /** At the deadline nobody is waited for any more: what is acknowledged is in the buffer, and what is written is committed. */
  async stop(signal: AbortSignal): Promise<void> {
    const giveUp = () => this.#givingUp.abort();
    this.#reload.stop();
    void this.#context.clock.sleep(this.#config.drainMsMax, this.#givingUp.signal).then(giveUp);
    const deadline = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([this.#finish(giveUp), deadline]);
    giveUp();
  }

  async #finish(giveUp: () => void): Promise<void> {
    await Promise.all([this.#desk.stop(), this.#stopInputs()]);
    await this.#delivery.stop(this.#givingUp.signal);
    const left = this.#delivery.left().filter(({ events }) => events > 0);
    if (left.length > 0) this.#context.logger.info({ left }, "what is left stays in the buffer for the next start");
    giveUp();
    await this.#delivery.close();
  }

  /** Once: a drain may have stopped them before the processor stops. */
  #stopInputs(): Promise<void> {
    return (this.#inputsStopped ??= Promise.all(this.#inputs.map((input) => input.stop())).then(() => undefined));
  }

  readiness(): readonly PartReadiness[] {
    const inputs = this.#inputsStopped === undefined ? this.#inputs.map(inputReadiness) : [];
    const outputs = this.#delivery.outputs.map((output) => output.readiness());
    return [this.#delivery.bufferReadiness(), ...inputs, ...outputs, ...this.#drain.parts(), ...this.#reload.parts()];
  }

  ports(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#inputs.flatMap(({ name, port }) => (port === undefined ? [] : [[name, port]])));
  }

  #use(config: Config): void {
    this.#delivery.use(config);
    this.#config = config;
  }

  #createInputs(buffer: DurableLog): Input[] {
    const { inputs, masking } = this.#context.config;
    const mask = masking.foreign ? createForeignMask(masking, () => this.#reports.maskingOmitted()) : (event: FixedEvent) => event;
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
          append: (events, signal = this.#givingUp.signal) => {
            this.#taps.ofInput(name)?.(events);
            return buffer.append(events, signal);
          },
          lineBytesMax: config.limits.lineBytesMax,
          metrics: this.#metrics,
          onWithoutLine: (items) => this.#reports.framesWithoutLine(name, items),
        }),
    };
  }

  #onInputEnd(name: string): void {
    if (this.#inputsStopped !== undefined) return;
    if (this.#inputs.length === 1) this.#context.requestStop(`the input ${name} has ended, and is the only one`);
  }

  #chainOf() {
    return new Map(this.#delivery.outputs.map((output) => [output.name, output.chain]));
  }

  #liveValues() {
    return {
      bufferBytes: this.#delivery.bufferBytes,
      bufferBytesMax: this.#context.config.buffer.bytesMax,
      deadLetterBytes: this.#delivery.deadLetterBytes,
      loadOf: new Map(this.#inputs.map((input) => [input.name, input.load()])),
      lagOf: new Map(this.#delivery.outputs.map((output) => [output.name, output.lag()])),
      chainOf: this.#chainOf(),
    };
  }
}

function inputReadiness(input: Input): PartReadiness {
  const name = `input ${input.name}`;
  const reason = input.trouble();
  return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
}
