import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLumberjackServer, type LumberjackServer } from "@gatelog/lumberjack";
import { build } from "esbuild";
import { freePort, ManagedProcess, temporaryDirectory, waitFor } from "@gatelog/testkit";

/** Where the program under test is bundled to: within the package, so that packages with native code are found. */
const program = join(import.meta.dirname, "../node_modules/.cache/process-test/main.mjs");

/** Bundles the tailer, since a process that has to translate TypeScript takes ten times as long to start. */
export async function bundleTailer(): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, "main.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["fs-native-extensions", "snappy", "pino-pretty"],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: "warning",
  });
}

/** What the receiver keeps of one id. */
export interface Received {
  readonly message: string;
  count: number;
}

/** A receiver that counts, and can be told to be slow, to refuse or to be away. */
export interface Receiver {
  readonly port: number;
  readonly byId: Map<string, Received>;
  /** Called before events are taken. */
  onBatch: (count: number) => Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  messages(): Set<string>;
  arrived(count: number, deadlineMs?: number): Promise<unknown>;
}

export async function createReceiver(): Promise<Receiver> {
  const port = await freePort();
  let server: LumberjackServer | undefined;
  const receiver: Receiver = {
    port,
    byId: new Map(),
    onBatch: () => Promise.resolve(),
    async start() {
      server = createLumberjackServer({
        host: "127.0.0.1",
        port,
        keepAliveMs: 200,
        onBatch: async (events) => {
          await receiver.onBatch(events.length);
          for (const event of events) take(receiver.byId, event);
        },
      });
      await server.start();
    },
    async stop() {
      await server?.stop();
      server = undefined;
    },
    messages: () => new Set([...receiver.byId.values()].map(({ message }) => message)),
    arrived: (count, deadlineMs = 30_000) => waitFor(() => receiver.byId.size >= count, { what: `${count} events`, deadlineMs }),
  };
  return receiver;
}

function take(byId: Map<string, Received>, event: Uint8Array): void {
  const { gatelog, message } = JSON.parse(Buffer.from(event).toString()) as { gatelog: { id: string }; message: string };
  const known = byId.get(gatelog.id);
  if (known === undefined) byId.set(gatelog.id, { message, count: 1 });
  else if (known.message === message) known.count += 1;
  else throw new Error(`one id, two lines: ${known.message} and ${message}`);
}

/** A tailer as a process of its own, on directories of its own. */
export interface Stage {
  readonly logs: string;
  readonly registryDir: string;
  readonly receiver: Receiver;
  readonly log: string;
  configure(more?: Record<string, unknown>): Promise<void>;
  launch(): ManagedProcess;
  /** Launches and waits until it is up. */
  start(): Promise<ManagedProcess>;
  ready(): Promise<{ readonly status: number; readonly body: { readonly reasons?: readonly unknown[] } }>;
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
    receiver,
    log,
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
      await writeFile(at("tailer.yaml"), JSON.stringify(config));
    },
    launch() {
      const launched = new ManagedProcess({
        command: process.execPath,
        arguments: [program, "--config", at("tailer.yaml")],
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

export function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
}
