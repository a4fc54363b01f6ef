import { setTimeout as sleep } from "node:timers/promises";
import { buildApp } from "@gatelog/bench";
import { type Server, seededRandom, startElasticsearch, startKafka, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { planFaults, type ProcessorFault } from "./processor-faults.ts";
import { LagWatch, type LagFigures } from "./processor-lag-watch.ts";
import { type LedgerFigures, ProcessorLedger } from "./processor-ledger.ts";
import { SoakSender } from "./processor-sender.ts";
import { type OutputName, ProcessorService, type ProcessorServiceOptions } from "./processor-service.ts";
import { endInOrder, restarted } from "./server-ends.ts";

export interface ProcessorSoakOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly eventsPerSecond: number;
  /** The built processor; by default this tree's is built. */
  readonly bundle?: string | undefined;
  readonly say: (text: string) => void;
}

/** What a run did and found. */
export interface ProcessorSoakReport extends LedgerFigures, LagFigures {
  readonly seed: number;
  readonly seconds: number;
  readonly windows: number;
  readonly windowsResent: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly rssMiBMax: number;
  readonly violations: readonly string[];
  readonly directory: string;
}

const senders = 4;
/** Seconds of load that the one output may be behind while the other is away. */
export const flatLagSecondsMax = 5;
const recoveryMs = 180_000;
/** Cold servers are slow: an output that is behind for that says nothing of the other one. */
const warmUpMs = 20_000;

/** Breaks Elasticsearch, Kafka and the processor at random, each alone, under constant load, then accounts for every acknowledged event in both stores. */
export async function soakProcessor(options: ProcessorSoakOptions): Promise<ProcessorSoakReport> {
  const directory = await temporaryDirectory("gatelog-soak-processor-");
  const bundle = options.bundle ?? buildApp("processor");
  const opened: { stop(): Promise<unknown> }[] = [];
  try {
    const kafka = await startKafka();
    opened.push(kafka);
    const elasticsearch = await startElasticsearch();
    opened.push(elasticsearch);
    const { brokers } = kafka;
    const at = { directory: directory.path, bundle, brokers, elasticsearchUrl: elasticsearch.url, topic: "soak", index: "soak" };
    const processor = await ProcessorService.create(at);
    opened.unshift({ stop: () => processor.kill() });
    const run = new ProcessorRun(options, { kafka, elasticsearch }, processor);
    const startedMs = performance.now();
    await run.toEnd();
    const ledger = new ProcessorLedger(run.acknowledged);
    await run.account(ledger, at);
    const report = run.report(ledger.figures(), { seconds: Math.round((performance.now() - startedMs) / 1000), directory: directory.path });
    if (report.violations.length === 0) await directory.remove();
    return report;
  } finally {
    for (const part of opened) await part.stop();
  }
}

class ProcessorRun {
  readonly #options: ProcessorSoakOptions;
  readonly #servers: Readonly<Record<OutputName, Server>>;
  readonly #processor: ProcessorService;
  readonly #senders: readonly SoakSender[];
  readonly #watch: LagWatch;
  readonly #faults: Record<string, number> = {};
  readonly #violations: string[] = [];

  constructor(options: ProcessorSoakOptions, servers: Readonly<Record<OutputName, Server>>, processor: ProcessorService) {
    this.#options = options;
    this.#servers = servers;
    this.#processor = processor;
    this.#watch = new LagWatch(processor);
    this.#senders = Array.from({ length: senders }, (_, sender) => {
      const random = seededRandom(options.seed + sender + 1);
      return new SoakSender({ sender, port: processor.port, eventsPerSecond: options.eventsPerSecond / senders, random });
    });
  }

  get acknowledged(): number[] {
    return this.#senders.map(({ acknowledged }) => acknowledged);
  }

  /** Resolves when the load has ended, both outputs have written everything, and the processor has stopped in order. */
  async toEnd(): Promise<void> {
    const abort = new AbortController();
    let isOver = false;
    this.#processor.launch();
    await this.#recovered();
    const load = Promise.all(this.#senders.map((sender) => sender.run(() => isOver, abort.signal)));
    this.#watch.start();
    try {
      await sleep(warmUpMs);
      await this.#recovered();
      await this.#breakThings();
      isOver = true;
      await this.#ended(load);
      await this.#processor.recovered(0, recoveryMs);
      await this.#stopInOrder();
    } catch (error) {
      this.#violations.push(`it did not come to its end: ${String(error)}; the processor printed last:\n${this.#processor.lastOutput()}`);
    } finally {
      abort.abort();
      await Promise.all([load, this.#watch.stop()]);
      await this.#processor.kill();
      for (const server of Object.values(this.#servers)) server.resume();
    }
  }

  /** Reads both stores; what cannot be read is a violation beside those that there are already. */
  async account(ledger: ProcessorLedger, at: ProcessorServiceOptions): Promise<void> {
    try {
      await ledger.readKafka(at.brokers, at.topic);
      await ledger.readElasticsearch(at.elasticsearchUrl, at.index);
    } catch (error) {
      this.#violations.push(`the stores could not be read: ${String(error)}`);
    }
  }

  report(ledger: LedgerFigures, run: { readonly seconds: number; readonly directory: string }): ProcessorSoakReport {
    const { seed, eventsPerSecond } = this.#options;
    const lags = this.#watch.figures();
    const violations = [...this.#violations];
    const { acknowledged, kafkaRepeats: _repeats, ...nothing } = ledger;
    for (const [name, count] of Object.entries(nothing)) if (count > 0) violations.push(`${name}: ${count} of ${acknowledged}`);
    const lagMax = flatLagSecondsMax * eventsPerSecond;
    for (const name of ["kafkaLagMaxWhileElasticsearchAway", "elasticsearchLagMaxWhileKafkaAway"] as const) {
      if (lags[name] > lagMax) violations.push(`${name}: ${lags[name]}, more than ${flatLagSecondsMax} s of load (${lagMax})`);
    }
    if (lags.looksWhileAway === 0) violations.push("nobody saw the outputs while one of them was away");
    const sum = (of: (sender: SoakSender) => number) => this.#senders.reduce((total, sender) => total + of(sender), 0);
    const sent = { windows: sum(({ windows }) => windows), windowsResent: sum(({ resent }) => resent) };
    return { seed, ...run, ...ledger, ...lags, ...sent, faults: this.#faults, violations };
  }

  async #breakThings(): Promise<void> {
    const endMs = performance.now() + this.#options.minutes * 60_000;
    for (const fault of planFaults(seededRandom(this.#options.seed))) {
      await sleep(fault.calmMs);
      if (performance.now() >= endMs) return;
      const name = `${fault.victim}-${fault.how}`;
      this.#faults[name] = (this.#faults[name] ?? 0) + 1;
      const began = performance.now();
      await (fault.victim === "processor" ? this.#breakProcessor(fault) : this.#breakServer(fault.victim, fault));
      const awaySeconds = ((performance.now() - began) / 1000).toFixed(1);
      await this.#recovered();
      this.#options.say(`${name}: away for ${awaySeconds} s, all well after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    }
  }

  async #breakServer(victim: OutputName, { how, awayMs }: ProcessorFault): Promise<void> {
    const server = this.#servers[victim];
    this.#watch.away(victim);
    if (how === "freeze") {
      server.pause();
      await sleep(awayMs);
      server.resume();
    } else {
      if (how === "kill") await server.kill();
      else await endInOrder(server);
      await sleep(how === "kill" ? awayMs : 0);
      await restarted(server);
    }
    this.#watch.away(undefined);
    this.#processor.assertRunning();
  }

  async #breakProcessor({ how, awayMs }: ProcessorFault): Promise<void> {
    if (how === "kill") await this.#processor.kill();
    else await this.#stopInOrder();
    await sleep(awayMs);
    this.#processor.launch();
  }

  async #stopInOrder(): Promise<void> {
    const exit = await this.#processor.stop();
    if (exit?.code !== 0) this.#violations.push(`the processor was asked to stop and ended with ${exit?.code ?? exit?.signal}`);
  }

  /** Each fault is alone: the one before is over, and what it left has been written but for the load of a second. */
  async #recovered(): Promise<void> {
    await this.#processor.recovered(this.#options.eventsPerSecond, recoveryMs);
  }

  /** Waits for the last windows. */
  async #ended(load: Promise<unknown>): Promise<void> {
    let isDone = false;
    void load.then(() => (isDone = true));
    await waitFor(() => isDone, { deadlineMs: recoveryMs, what: "the senders' last windows to be acknowledged" });
  }
}
