import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurations, routes, stages, type Stage, type StartOptions } from "@gatelog/start";
import { freePort, ManagedProcess, repositoryRoot, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { stringify } from "yaml";

/** Generous: a loaded machine starts several processes at once. */
const requestTimeoutMs = 10_000;

/** Which real servers stand in the seams, and what is to be changed in a stage's configuration. */
export interface PipelineOptions {
  readonly kafka?: NonNullable<StartOptions["kafka"]>;
  readonly database?: string;
  readonly elasticsearch?: string;
  readonly upstream: string;
  /** Merged over the generated configuration, one level deep. */
  readonly overrides?: Partial<Record<Stage, Record<string, unknown>>>;
}

/** The built apps as processes with configurations of their own, each of which a test kills, stops and starts again. */
export class Pipeline {
  readonly data: string;
  readonly gatewayUrl: string;
  readonly consoleUrl: string;
  readonly #admin: Record<Stage, number>;
  readonly #processes = new Map<Stage, ManagedProcess>();
  readonly #remove: () => Promise<void>;

  private constructor(at: {
    data: string;
    gatewayPort: number;
    consolePort: number;
    admin: Record<Stage, number>;
    remove: () => Promise<void>;
  }) {
    this.data = at.data;
    this.gatewayUrl = `http://127.0.0.1:${at.gatewayPort}`;
    this.consoleUrl = `http://127.0.0.1:${at.consolePort}`;
    this.#admin = at.admin;
    this.#remove = at.remove;
  }

  /** Writes the configurations; starts nothing yet. */
  static async create(options: PipelineOptions): Promise<Pipeline> {
    const directory = await temporaryDirectory("gatelog-e2e-");
    const admin = {} as Record<Stage, number>;
    for (const stage of stages) admin[stage] = await freePort();
    const [gatewayPort, consolePort, beatsPort] = [await freePort(), await freePort(), await freePort()];
    const start: StartOptions = { ...options, data: directory.path, gatewayPort, consolePort, beatsPort, open: false };
    const ports = { admin, demo: 0 };
    const all = configurations(start, ports);
    mkdirSync(join(directory.path, "config/routes.d"), { recursive: true });
    for (const stage of stages) {
      const configuration = { ...all[stage], ...options.overrides?.[stage] };
      writeFileSync(join(directory.path, "config", `${stage}.yaml`), stringify(configuration));
    }
    writeFileSync(join(directory.path, "config/routes.d/start.yaml"), stringify(routes(start, ports)));
    return new Pipeline({ data: directory.path, gatewayPort, consolePort, admin, remove: () => directory.remove() });
  }

  /** Starts the stages that are not running; resolves when those named are ready. */
  async start(...names: readonly Stage[]): Promise<void> {
    const wanted = names.length > 0 ? names : stages;
    for (const stage of wanted) this.launch(stage);
    for (const stage of wanted) await this.ready(stage);
  }

  /** Starts one stage and does not wait for it. */
  launch(stage: Stage): ManagedProcess {
    const running = this.#processes.get(stage);
    if (running && !running.exit) return running;
    const launched = new ManagedProcess({
      command: process.execPath,
      arguments: ["--enable-source-maps", join(repositoryRoot, "apps", stage, "dist/main.js"), "--config", this.configFile(stage)],
      logFile: this.logFile(stage),
    });
    this.#processes.set(stage, launched);
    return launched;
  }

  async ready(stage: Stage, deadlineMs = 60_000): Promise<void> {
    const probe = async () => {
      const exit = this.#processes.get(stage)?.exit;
      if (exit) throw new Error(`${stage} ended with ${exit.code ?? exit.signal}: ${this.process(stage).output().slice(-1500)}`);
      return (await this.readiness(stage)).status === 200;
    };
    await waitFor(probe, { deadlineMs, what: `${stage} to be ready` });
  }

  /** The answer of `/readyz`. */
  async readiness(stage: Stage): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#admin[stage]}/readyz`, { signal: AbortSignal.timeout(requestTimeoutMs) });
    return { status: response.status, body: await response.text() };
  }

  /** What the stage's metrics say now, each summed over its labels. */
  async metrics(stage: Stage): Promise<ReadonlyMap<string, number>> {
    const response = await fetch(`http://127.0.0.1:${this.#admin[stage]}/metrics`, { signal: AbortSignal.timeout(requestTimeoutMs) });
    const sums = new Map<string, number>();
    for (const line of (await response.text()).split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      const name = line.slice(0, line.search(/[ {]/));
      sums.set(name, (sums.get(name) ?? 0) + Number(line.slice(line.lastIndexOf(" ") + 1)));
    }
    return sums;
  }

  process(stage: Stage): ManagedProcess {
    const process = this.#processes.get(stage);
    if (!process) throw new Error(`${stage} was not started`);
    return process;
  }

  configFile(stage: Stage): string {
    return join(this.data, "config", `${stage}.yaml`);
  }

  logFile(stage: Stage): string {
    return join(this.data, "run", `${stage}.log`);
  }

  get logDirectory(): string {
    return join(this.data, "logs");
  }

  /** Ends every stage in data-flow order and removes the data. For the clean-up of a test: says nothing about exit codes. */
  async close(): Promise<void> {
    for (const stage of stages) await this.#processes.get(stage)?.stop(5000);
    await this.#remove();
  }
}
