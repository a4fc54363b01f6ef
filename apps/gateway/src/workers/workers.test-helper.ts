import { readdirSync, readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import type { LogRecord, Mark } from "@gatelog/log-record";
import { ManagedProcess, repositoryRoot, waitFor } from "@gatelog/testkit";
import { build } from "esbuild";
import { marksOf, readLines, recordsOf, writeFiles, type GatewayOptions } from "../test/running-gateway.ts";
import { upTo } from "../test/set-up.ts";
import { bodyOf } from "../test/upstream.ts";

/** The gateway as one file, as it is delivered: starting several processes costs no compilation. */
const main = join(repositoryRoot, "apps/gateway/node_modules/.cache/test/main.js");

/** Makes the bundle that `launch` runs. */
export async function bundleGateway(): Promise<void> {
  await build({
    entryPoints: [join(repositoryRoot, "apps/gateway/src/main.ts")],
    outfile: main,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["fs-native-extensions", "pino-pretty"],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: "warning",
  });
}

/** Where a gateway lives. */
export interface Home {
  readonly dir: string;
  readonly port: number;
}

/** A gateway with two workers as processes of its own. */
export class WorkersGateway {
  readonly process: ManagedProcess;
  readonly #home: Home;
  #admin = "";

  /** `detached`: in a process group of its own, as from a terminal. */
  constructor(home: Home, options: GatewayOptions = {}, extra: { arguments?: readonly string[]; detached?: boolean } = {}) {
    this.#home = home;
    writeFiles(home.dir, { ...options, config: { workers: 2, listen: { host: "127.0.0.1", port: home.port }, ...options.config } });
    this.process = new ManagedProcess({
      command: process.execPath,
      arguments: [main, "--config", join(home.dir, "gateway.yaml"), ...(extra.arguments ?? [])],
      logFile: join(home.dir, "output.txt"),
      detached: extra.detached ?? false,
      ipc: true,
    });
  }

  /** Resolves when all workers listen; returns what it told its supervisor. */
  async started(): Promise<unknown> {
    const said = await new Promise<unknown>((resolve, reject) => {
      this.process.child.once("message", resolve);
      void this.process.exited.then(() => reject(new Error(`the gateway ended:\n${this.process.output()}`)));
    });
    const { host, port } = (said as { admin: { host: string; port: number } }).admin;
    this.#admin = `http://${host}:${port}`;
    return said;
  }

  async readyz(): Promise<{ status: number; reasons: string[] }> {
    const response = await fetch(`${this.#admin}/readyz`);
    return { status: response.status, reasons: ((await response.json()) as { reasons: string[] }).reasons };
  }

  /** The sum of the samples whose line begins so. */
  async metric(prefix: string): Promise<number> {
    const text = await (await fetch(`${this.#admin}/metrics`)).text();
    const samples = text.split("\n").filter((line) => line.startsWith(prefix));
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  /** The log lines with this message. */
  logged(message: string): { pid: number; worker?: number }[] {
    const lines = this.process.output().split("\n");
    return lines.filter((line) => line.includes(`"msg":"${message}"`)).map((line) => JSON.parse(line) as { pid: number; worker?: number });
  }

  /** The process that was last started in this slot. */
  pidOf(slot: number): number {
    return this.logged("worker started").findLast(({ worker }) => worker === slot)?.pid ?? -1;
  }

  boots(): Boot[] {
    return bootsIn(join(this.#home.dir, "logs"));
  }

  /** Ends whatever is left of it. */
  async stop(): Promise<void> {
    const pids = this.logged("starting").map(({ pid }) => pid);
    await this.process.kill();
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    await waitFor(() => !pids.some(isAlive), { what: "the end of the workers" });
  }
}

/** What one start of one worker wrote. */
export interface Boot {
  readonly boot: string;
  readonly files: readonly string[];
  readonly records: readonly LogRecord[];
  readonly marks: readonly Mark[];
}

function bootsIn(dir: string): Boot[] {
  const names = readdirSync(dir).filter((name) => name.endsWith(".log"));
  const bootOf = (name: string) => /-(\w+)-\d+\.log$/.exec(name)?.[1] ?? "";
  const lines = readLines(dir);
  const [records, marks] = [recordsOf(lines), marksOf(lines)];
  return [...new Set(names.map(bootOf))].map((boot) => ({
    boot,
    files: names.filter((name) => bootOf(name) === boot),
    records: records.filter((record) => record.boot === boot),
    marks: marks.filter((mark) => mark.boot === boot),
  }));
}

/** True while the process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended and whose parent has not looked yet is not alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Calls again and again on kept-alive connections; counts what was answered whole. */
export class Load {
  answered = 0;
  #isStopped = false;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #done: Promise<unknown>;

  constructor(port: number, clients: number) {
    this.#port = port;
    this.#done = Promise.all(upTo(clients).map(() => this.#run()));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const isAnswered = await this.#call().catch(() => false);
      if (isAnswered) this.answered += 1;
      // Nobody listens, or the connection was cut off: not again at once.
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #call(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: this.#port, path: "/api/x", method: "POST", agent: this.#agent };
      const sent = httpRequest(options, (response) => {
        bodyOf(response).then((body) => resolve(response.statusCode === 200 && body.toString() === "hello"), reject);
      });
      sent.once("error", reject);
      sent.end("hello");
    });
  }
}
