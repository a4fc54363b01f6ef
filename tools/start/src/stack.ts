import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { configurations, routes, stages, stopDeadlineMs, type Ports, type Stage } from "./configurations.ts";
import type { StartOptions } from "./options.ts";
import { StageProcess } from "./stage-process.ts";

const repositoryRoot = join(import.meta.dirname, "../../..");
const adminPorts: Record<Stage, number> = { gateway: 9100, tailer: 9101, processor: 9102, "db-sink": 9103, console: 9104 };
const demoPort = 8080;
const demoStopDeadlineMs = 1500;
const restartDelayMs = 1000;
const readyDeadlineMs = 120_000;
const startProblemsMax = 50;

/**
 * The five stages and the demo API as processes.
 *
 * **Guarantee**: `stop` ends them in data-flow order within 30 s. A stage that ends by itself after the stack was ready
 * is started again: it goes on where it was, as after any crash.
 */
export class Stack {
  readonly #options: StartOptions;
  readonly #say: (text: string) => void;
  readonly #processes = new Map<string, StageProcess>();
  #ports: Ports | undefined;
  #ready = false;
  #stopping = false;
  #failed: ((error: Error) => void) | undefined;
  /** What stages complained about while the others were not there yet; said only when the start fails. */
  #startProblems: string[] = [];

  constructor(options: StartOptions, say: (text: string) => void) {
    this.#options = options;
    this.#say = say;
  }

  /** Resolves when every `/readyz` is 200. Errors: a stage ended, or is not ready in two minutes, with its reason. */
  async start(): Promise<void> {
    this.#ports = await choosePorts();
    writeConfigurations(this.#options, this.#ports);
    const failed = new Promise<never>((_, reject) => (this.#failed = reject));
    for (const stage of stages) this.#launch(stage);
    if (!this.#options.upstream) this.#launch("demo-api");
    try {
      await Promise.race([failed, this.#allReady()]);
    } catch (error) {
      for (const problem of this.#startProblems) this.#say(problem);
      throw error;
    } finally {
      this.#startProblems = [];
    }
    this.#ready = true;
  }

  /** Resolves with true when every stage ended cleanly. */
  async stop(): Promise<boolean> {
    this.#stopping = true;
    let clean = true;
    for (const stage of stages) {
      const code = await this.#processes.get(stage)?.stop(stopDeadlineMs[stage]);
      if (code) this.#say(`${stage} ended with exit code ${code}; see ${this.#logFile(stage)}`);
      clean &&= !code;
    }
    await this.#processes.get("demo-api")?.stop(demoStopDeadlineMs);
    return clean;
  }

  /** SIGKILL to all: for the impatient. What was acknowledged is safe. */
  kill(): void {
    this.#stopping = true;
    for (const process of this.#processes.values()) process.kill();
  }

  #launch(name: Stage | "demo-api"): void {
    const arguments_ =
      name === "demo-api"
        ? ["--import", "tsx", join(repositoryRoot, "tools/demo-api/src/main.ts")]
        : [join(repositoryRoot, "apps", name, "dist/main.js"), "--config", join(this.#options.data, "config", `${name}.yaml`)];
    const launched = new StageProcess({
      name,
      arguments: arguments_,
      ...(name === "demo-api" ? { env: { PORT: String(this.#ports?.demo ?? demoPort) } } : {}),
      logFile: this.#logFile(name),
      onProblem: (text) => this.#problem(`${name}: ${text}`),
      onExit: ({ code, signal }) => this.#exited(name, code ?? signal),
    });
    this.#processes.set(name, launched);
  }

  #problem(text: string): void {
    if (this.#ready) this.#say(text);
    else if (this.#startProblems.length < startProblemsMax) this.#startProblems.push(text);
  }

  #exited(name: Stage | "demo-api", how: number | string | null): void {
    if (this.#stopping) return;
    const text = `${name} ended with ${how}; see ${this.#logFile(name)}`;
    if (!this.#ready) return this.#failed?.(new Error(text));
    this.#say(`${text}; starting it again`);
    setTimeout(() => !this.#stopping && this.#launch(name), restartDelayMs);
  }

  async #allReady(): Promise<void> {
    const end = performance.now() + readyDeadlineMs;
    for (const stage of stages) {
      for (;;) {
        const reason = await notReadyReason(this.#ports?.admin[stage] ?? 0);
        if (reason === undefined) break;
        if (performance.now() > end) throw new Error(`${stage} is not ready: ${reason}`);
        await sleep(100);
      }
    }
    if (!this.#options.upstream) await this.#processes.get("demo-api")?.listening;
  }

  #logFile(name: string): string {
    return join(this.#options.data, "run", `${name}.log`);
  }
}

/** Why the stage at this admin port is not ready; undefined when it is. */
async function notReadyReason(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) });
    return response.status === 200 ? undefined : await response.text();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The usual ports, or any free one where the usual one is taken, so that several stacks run side by side. */
async function choosePorts(): Promise<Ports> {
  const admin = { ...adminPorts };
  for (const stage of stages) admin[stage] = await freePort(adminPorts[stage]);
  return { admin, demo: await freePort(demoPort) };
}

async function freePort(wanted: number): Promise<number> {
  const listen = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(undefined));
      server.listen(port, "127.0.0.1", () => {
        const address = server.address();
        server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
      });
    });
  return (await listen(wanted)) ?? (await listen(0)) ?? wanted;
}

/** Writes what the stages run with. Generated at every start; the user's own routes lie in files beside `start.yaml`. */
function writeConfigurations(options: StartOptions, ports: Ports): void {
  const directory = join(options.data, "config");
  for (const path of [join(directory, "routes.d"), join(options.data, "run"), join(options.data, "logs")])
    mkdirSync(path, { recursive: true });
  const all = configurations(options, ports);
  for (const stage of stages) writeYaml(join(directory, `${stage}.yaml`), all[stage]);
  writeYaml(join(directory, "routes.d/start.yaml"), routes(options, ports));
}

function writeYaml(path: string, value: object): void {
  writeFileSync(
    path,
    `# Written by npm start, every time. Put routes of your own into files beside routes.d/start.yaml.\n${stringify(value)}`,
  );
}
