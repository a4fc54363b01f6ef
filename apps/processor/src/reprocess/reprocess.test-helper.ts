import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type ElasticsearchServer, ManagedProcess, waitFor } from "@gatelog/testkit";
import { type Bench, beatsEvent, bundleFile, recordLine, type RunningProcessor } from "../processor.test-helper.ts";

const main = join(import.meta.dirname, "../../node_modules/.cache/test/main.js");

/** The part of the program that a run with a database loads. */
export async function bundleDatabaseDriver(): Promise<void> {
  await bundleFile("reprocess/database-driver.ts", "database.mjs");
}

/** The day of `recordLine`. */
export const day = "2026-11-23";

export const idOf = (sequence: number) => `0199a1b2-c3d4-7000-8000-${sequence.toString(16).padStart(12, "0")}`;
export const idsOf = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => idOf(from + index));

/** The filters of today, which give every document a field that it had not. */
export const todaysFilters = ["parseRecord", "ecs", { set: { fields: { "service.name": "today" } } }];

export interface Hit {
  readonly _id: string;
  readonly _index: string;
  readonly _source: Readonly<Record<string, unknown>> & { readonly service?: { readonly name: string } };
}

/** A processor's history in an index of its own on a server that tests share. */
export class History {
  readonly #bench: Bench;
  readonly #server: ElasticsearchServer;
  readonly index: string;
  readonly dayIndex: string;
  #starts = 0;

  constructor(bench: Bench, server: ElasticsearchServer, index: string) {
    this.#bench = bench;
    this.#server = server;
    this.index = index;
    this.dayIndex = `${index}-${day.replaceAll("-", ".")}`;
  }

  /** Beside the index, where the processor writes a topic, too. */
  topics: readonly Readonly<Record<string, unknown>>[] = [];

  get outputs() {
    return [...this.topics.map((topic) => ({ topic })), { elasticsearch: { nodes: [this.#server.url], index: this.index } }];
  }

  /** A processor with yesterday's filters that has stored these records. */
  async withRecords(from: number, to: number, more: readonly Buffer[] = []): Promise<RunningProcessor> {
    const processor = await this.#bench.start({ outputs: this.outputs });
    await this.send(processor, from, to, more);
    return processor;
  }

  async send(processor: RunningProcessor, from: number, to: number, more: readonly Buffer[] = []): Promise<void> {
    const frames = Array.from({ length: to - from }, (_, index) => beatsEvent(recordLine(from + index), from + index));
    const delivered = () => processor.metric("events_delivered_total", "elasticsearch-");
    const before = await delivered();
    await this.#bench.client(processor.beatsPort).send([...frames, ...more]);
    const count = frames.length + more.length;
    await waitFor(async () => (await delivered()) === before + count, { deadlineMs: 60_000 });
  }

  /** Writes the log file of these records and more lines; returns its path. */
  log(name: string, from: number, to: number, more: readonly string[] = []): string {
    const file = join(this.#bench.dir, name);
    const lines = Array.from({ length: to - from }, (_, index) => recordLine(from + index));
    writeFileSync(file, [...lines, ...more, ""].join("\n"));
    return file;
  }

  #command(args: readonly string[], config: Readonly<Record<string, unknown>>): string[] {
    const file = join(this.#bench.dir, "today.yaml");
    const whole = {
      inputs: [{ beats: { port: 0 } }],
      filters: todaysFilters,
      outputs: this.outputs,
      buffer: { dir: "./buffer" },
      ...config,
    };
    writeFileSync(file, JSON.stringify(whole));
    return [main, "reprocess", "--config", file, ...args];
  }

  /** Runs `processor reprocess` with today's filters to its end. */
  async run(args: readonly string[], config: Readonly<Record<string, unknown>> = {}) {
    const child = spawn(process.execPath, this.#command(args, config));
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await ended, stdout, stderr };
  }

  /** Starts it, to be killed. */
  start(args: readonly string[], config: Readonly<Record<string, unknown>> = {}): ManagedProcess {
    const logFile = join(this.#bench.dir, `reprocess-${++this.#starts}.log`);
    return new ManagedProcess({ command: process.execPath, arguments: this.#command(args, config), logFile });
  }

  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await fetch(`${this.#server.url}${path}`, init);
    return (await response.json()) as T;
  }

  /** What readers see, by the pattern that Kibana and the console use, or by one index. */
  async seen(pattern = `${this.index}-*`): Promise<readonly Hit[]> {
    await this.ask("POST", `/${pattern}/_refresh`);
    const { hits } = await this.ask<{ hits?: { hits: readonly Hit[] } }>("GET", `/${pattern}/_search?size=5000`);
    return hits?.hits ?? [];
  }

  async count(index: string): Promise<number> {
    await this.ask("POST", `/${index}/_refresh`);
    return (await this.ask<{ count?: number }>("GET", `/${index}/_count`)).count ?? 0;
  }

  /** All indices of the prefix, hidden ones too. */
  async indices(): Promise<readonly string[]> {
    const found = await this.ask<Record<string, unknown>>("GET", `/${this.index}-*/_alias?expand_wildcards=all`);
    return Object.keys(found).sort();
  }
}

export const sortedIds = (hits: readonly Hit[]) => hits.map(({ _id }) => _id).sort();
