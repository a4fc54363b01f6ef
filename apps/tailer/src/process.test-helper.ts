import { spawn } from "node:child_process";
import { appendFile, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { freePort, ManagedProcess, temporaryDirectory } from "@gatelog/testkit";
import { createReceiver, type Receiver } from "./receiver.test-helper.ts";

/** Where the program under test is bundled to: within the package, so that packages with native code are found. */
export const program = join(import.meta.dirname, "../node_modules/.cache/process-test/main.mjs");

/** Bundles the tailer, since a process that has to translate TypeScript takes ten times as long to start. */
export async function bundleTailer(): Promise<void> {
  // Test files run at the same time: none of them may start half a program.
  const fresh = program.replace("main.mjs", `main-${process.pid}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, "main.ts")],
    outfile: fresh,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["fs-native-extensions", "snappy", "pino-pretty"],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: "warning",
  });
  await rename(fresh, program);
}

/** How a run of the program ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tailer as a process of its own, on directories of its own. */
export interface Stage {
  readonly logs: string;
  readonly registryDir: string;
  readonly config: string;
  readonly receiver: Receiver;
  readonly log: string;
  /** A path in the stage's directory. */
  at(name: string): string;
  /** Writes the configuration; `more` replaces its keys. */
  configure(more?: Record<string, unknown>): Promise<void>;
  /** Configures the one input of the stage. */
  configureInput(input: Record<string, unknown>, more?: Record<string, unknown>): Promise<void>;
  launch(...flags: string[]): ManagedProcess;
  /** Launches and waits until it is up. */
  start(): Promise<ManagedProcess>;
  /** Runs the program with these arguments to its end. */
  run(...args: string[]): Promise<Outcome>;
  ready(): Promise<{ readonly status: number; readonly body: { readonly reasons?: readonly unknown[] } }>;
  /** The first value of that name, or of that name and those labels: `name{label="value"}`. */
  metric(name: string): Promise<number>;
  append(...lines: string[]): Promise<void>;
  remove(): Promise<void>;
}

export async function createStage(): Promise<Stage> {
  const directory = await temporaryDirectory("gatelog-tailer-");
  const at = (name: string) => join(directory.path, name);
  const receiver = await createReceiver();
  const adminPort = await freePort();
  const processes: ManagedProcess[] = [];
  const logs = at("logs");
  const log = join(logs, "app.log");
  await mkdir(logs);
  const stage: Stage = {
    logs,
    registryDir: at("registry"),
    config: at("tailer.yaml"),
    receiver,
    log,
    at,
    async configure(more = {}) {
      const config = {
        admin: { host: "127.0.0.1", port: adminPort },
        inputs: [{ id: "test", paths: ["./logs/*.log"] }],
        registryDir: "./registry",
        output: { lumberjack: { hosts: [`127.0.0.1:${receiver.port}`], compressionLevel: 1 } },
        retry: { minMs: 20, maxMs: 200 },
        shutdownDeadlineMs: 20_000,
        ...more,
      };
      await writeFile(stage.config, JSON.stringify(config));
    },
    configureInput: (input, more) => stage.configure({ inputs: [{ id: "test", paths: ["./logs/*.log"], ...input }], ...more }),
    launch(...flags) {
      const launched = new ManagedProcess({
        command: process.execPath,
        arguments: [program, "--config", stage.config, ...flags],
        logFile: at(`output-${processes.length}.txt`),
      });
      processes.push(launched);
      return launched;
    },
    async start() {
      const launched = stage.launch();
      await launched.waitForOutput('"msg":"started"');
      return launched;
    },
    run: runToEnd,
    async ready() {
      const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`);
      return { status: response.status, body: (await response.json()) as { reasons?: readonly unknown[] } };
    },
    async metric(name) {
      const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `) || candidate.startsWith(`${name}{`));
      return Number(line?.split(" ").at(-1) ?? Number.NaN);
    },
    append: (...lines) => appendFile(log, lines.map((line) => `${line}\n`).join("")),
    async remove() {
      for (const launched of processes) if (launched.exit === undefined) await launched.kill();
      await receiver.stop();
      await directory.remove();
    },
  };
  await stage.configure();
  return stage;
}

function runToEnd(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000, killSignal: "SIGKILL" });
  const texts = [child.stdout, child.stderr].map(async (stream) => Buffer.concat(await stream.toArray()).toString());
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      void Promise.all(texts).then(([stdout = "", stderr = ""]) => resolve({ code, stdout, stderr }));
    });
  });
}

export function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
}
