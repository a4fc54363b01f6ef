import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildApp } from "@gatelog/bench";
import { freePort, ManagedProcess, seededRandom, type SeededRandom, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { stringify } from "yaml";
import { SoakReceiver } from "./tailer-receiver.ts";
import { SoakWriter } from "./tailer-writer.ts";

export interface KillsOptions {
  readonly seed: number;
  readonly kills: number;
  /** The built tailer; by default this tree's is built. */
  readonly bundle?: string | undefined;
  readonly say: (text: string) => void;
}

/** What a run did and found. */
export interface KillsReport {
  readonly lines: number;
  readonly kills: number;
  readonly stops: number;
  readonly rotations: Readonly<Record<string, number>>;
  readonly repeats: number;
  /** Lines that arrived under more than one id. */
  readonly renamed: number;
  readonly missing: number;
  readonly invented: number;
  /** Lines that came again after a stop that had ended with 0. */
  readonly afterStop: number;
  readonly seconds: number;
  readonly violations: readonly string[];
  readonly directory: string;
}

const arrivalDeadlineMs = 120_000;
const sayEvery = 25;
const startedMs = 3000;

/** Writes and rotates a log while the tailer that reads it is killed at random moments and started again, then accounts for every line. */
export async function killTailer(options: KillsOptions): Promise<KillsReport> {
  const directory = await temporaryDirectory("gatelog-soak-tailer-");
  const run = await KillRun.create(options, directory.path);
  const startedMs = performance.now();
  try {
    await run.toEnd();
    const report = run.report(Math.round((performance.now() - startedMs) / 1000));
    if (report.violations.length === 0) await directory.remove();
    return report;
  } finally {
    await run.close();
  }
}

class KillRun {
  readonly #options: KillsOptions;
  readonly #directory: string;
  readonly #random: SeededRandom;
  readonly #receiver: SoakReceiver;
  readonly #writer: SoakWriter;
  readonly #bundle: string;
  #tailer: ManagedProcess | undefined;
  #kills = 0;
  #stops = 0;
  #afterStop = 0;
  #isWriting = true;

  static async create(options: KillsOptions, directory: string): Promise<KillRun> {
    const [port, adminPort] = [await freePort(), await freePort()];
    mkdirSync(join(directory, "logs"));
    const configuration = {
      admin: { host: "127.0.0.1", port: adminPort },
      inputs: [{ id: "soak", paths: ["./logs/app.log", "./logs/app.log.*"] }],
      registryDir: "./registry",
      scan: { intervalMs: 200, pollMinMs: 20, pollMaxMs: 100 },
      batch: { linesMax: 64 },
      retry: { minMs: 10, maxMs: 200 },
      output: { lumberjack: { hosts: [`127.0.0.1:${port}`] } },
    };
    writeFileSync(join(directory, "tailer.yaml"), stringify(configuration));
    return new KillRun(options, directory, port);
  }

  private constructor(options: KillsOptions, directory: string, port: number) {
    this.#options = options;
    this.#directory = directory;
    this.#bundle = options.bundle ?? buildApp("tailer");
    this.#random = seededRandom(options.seed);
    this.#receiver = new SoakReceiver(port, seededRandom(options.seed + 1));
    this.#writer = new SoakWriter(join(directory, "logs"), seededRandom(options.seed + 2));
  }

  async toEnd(): Promise<void> {
    await this.#receiver.start();
    const writing = this.#write();
    while (this.#kills < this.#options.kills) await this.#oneLife();
    this.#isWriting = false;
    await writing;
    this.#writer.finishLine();
    this.#receiver.isHonest = true;
    this.#start();
    const { lines } = this.#writer;
    await waitFor(() => lines.every((line) => this.#receiver.arrivals.has(line)), { deadlineMs: arrivalDeadlineMs }).catch(() => undefined);
    await this.#stop();
  }

  async close(): Promise<void> {
    this.#isWriting = false;
    await this.#tailer?.stop();
    await this.#receiver.stop();
  }

  report(seconds: number): KillsReport {
    const { arrivals } = this.#receiver;
    const { lines, rotations } = this.#writer;
    const written = new Set(lines);
    const all = [...arrivals.values()];
    const renamed = [...arrivals].filter(([, { ids }]) => ids.size > 1);
    const missing = lines.filter((line) => !arrivals.has(line));
    const invented = [...arrivals.keys()].filter((line) => !written.has(line));
    return {
      lines: lines.length,
      kills: this.#kills,
      stops: this.#stops,
      rotations,
      repeats: all.reduce((sum, { count }) => sum + count - 1, 0),
      renamed: renamed.length,
      missing: missing.length,
      invented: invented.length,
      afterStop: this.#afterStop,
      seconds,
      violations: [
        ...missing.map((line) => `never arrived: ${line.slice(0, 40)}`),
        ...invented.map((line) => `was never written: ${line.slice(0, 40)}`),
        ...renamed.map(([line, { ids }]) => `came under ${ids.size} ids: ${line.slice(0, 40)}, ${[...ids].join(", ")}`),
        ...(this.#afterStop > 0 ? [`${this.#afterStop} lines came again after a stop that had ended with 0`] : []),
      ],
      directory: this.#directory,
    };
  }

  /** Starts the tailer, lets it run for a moment, and ends it, mostly by SIGKILL. */
  async #oneLife(): Promise<void> {
    const tailer = this.#start();
    // Half of the moments within the start, half of them while lines are on their way.
    await sleep(this.#random.integer(20, this.#random.next() < 0.5 ? 400 : 1500));
    if (this.#random.next() < 0.1) {
      // One that is stopped while it starts has read nothing, and owes what was sent before it.
      await sleep(startedMs);
      return this.#stop();
    }
    await tailer.kill();
    this.#kills += 1;
    if (this.#kills % sayEvery === 0)
      this.#options.say(`${this.#kills} of ${this.#options.kills} kills, ${this.#writer.lines.length} lines`);
    // While nothing runs, files are rotated too.
    await sleep(this.#random.integer(0, 150));
  }

  #start(): ManagedProcess {
    this.#tailer = new ManagedProcess({
      command: process.execPath,
      arguments: [this.#bundle, "--config", join(this.#directory, "tailer.yaml")],
      logFile: join(this.#directory, "tailer.output"),
    });
    return this.#tailer;
  }

  /** By SIGTERM: what had arrived when it ended well does not come again. */
  async #stop(): Promise<void> {
    const exit = await this.#tailer?.stop(60_000);
    this.#stops += 1;
    if (exit?.code !== 0) return;
    // A batch of a connection that broke before, and was sent again on the next one, may still be waiting to be counted.
    await waitFor(() => this.#receiver.taking === 0);
    const counts = new Map([...this.#receiver.arrivals].map(([line, { count }]) => [line, count]));
    const next = this.#start();
    await sleep(1000);
    this.#afterStop += [...this.#receiver.arrivals].filter(([line, { count }]) => count > (counts.get(line) ?? count)).length;
    await next.stop(60_000);
  }

  async #write(): Promise<void> {
    while (this.#isWriting) {
      this.#writer.write(this.#random.integer(1, 40));
      if (this.#random.next() < 0.08) this.#writer.rotate();
      await sleep(this.#random.integer(5, 40));
    }
  }
}
