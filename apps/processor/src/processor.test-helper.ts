import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLumberjackClient, type LumberjackClient } from "@gatelog/lumberjack";
import { systemClock } from "@gatelog/pipeline";
import { build } from "esbuild";
import { ManagedProcess, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { createConsumer, type ConsumedMessage, type TopicConfig, type TopicConsumer } from "@gatelog/topic";

const bundles = join(import.meta.dirname, "../node_modules/.cache/test");
/** The app as one file, as it is delivered: starting it costs no compilation. */
const main = join(bundles, "main.js");
let bundled: Promise<unknown> | undefined;

function bundle(): Promise<unknown> {
  return (bundled ??= Promise.all([bundleFile("main.ts", "main.js"), bundleRecordWorker()]));
}

/** The program of the thread that makes records, beside the app. */
export function bundleRecordWorker(): Promise<string> {
  return bundleFile("outputs/record-worker.ts", "record-worker.mjs");
}

/** Renamed when whole: several test files may be at it at the same time. */
export async function bundleFile(source: string, file: string): Promise<string> {
  const outfile = join(bundles, file);
  const made = `${outfile}.${process.pid}`;
  await build({
    entryPoints: [join(import.meta.dirname, source)],
    outfile: made,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["fs-native-extensions", "snappy", "pino-pretty", "libsql", "oracledb"],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: "warning",
  });
  renameSync(made, outfile);
  return outfile;
}

/** A running processor of its own process. */
export interface RunningProcessor {
  readonly process: ManagedProcess;
  readonly beatsPort: number;
  /** Of all inputs that listen, by name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly adminPort: number;
  /** The status of /readyz, and its reasons, a line each. */
  readiness(): Promise<{ status: number; text: string }>;
  metric(name: string, label?: string): Promise<number>;
}

/** Where a test's processor lives: its directory and its configuration, over several starts. */
export class Bench {
  readonly dir: string;
  readonly #remove: () => Promise<void>;
  readonly #opened: { stop(): Promise<unknown> }[] = [];
  #starts = 0;

  private constructor(dir: string, remove: () => Promise<void>) {
    this.dir = dir;
    this.#remove = remove;
  }

  static async create(): Promise<Bench> {
    await bundle();
    const directory = await temporaryDirectory("gatelog-processor-");
    return new Bench(directory.path, () => directory.remove());
  }

  get topic(): { embedded: { dir: string; groups: string[] }; name: string } {
    return { embedded: { dir: join(this.dir, "topic"), groups: ["test"] }, name: "kerry" };
  }

  /** Writes the configuration (JSON is YAML, a text is a whole pipeline.ts) and starts the processor without waiting for it. */
  launch(overrides: Readonly<Record<string, unknown>> | string = {}): ManagedProcess {
    const file = join(this.dir, typeof overrides === "string" ? "pipeline.ts" : "processor.yaml");
    const config = {
      admin: { port: 0 },
      inputs: [{ beats: { port: 0 } }],
      outputs: [{ topic: this.topic }],
      buffer: { dir: "./buffer" },
      ...(typeof overrides === "string" ? {} : overrides),
    };
    writeFileSync(file, typeof overrides === "string" ? overrides : JSON.stringify(config));
    const logFile = join(this.dir, `processor-${++this.#starts}.log`);
    const launched = new ManagedProcess({
      command: process.execPath,
      arguments: [main, "--config", file],
      logFile,
      ipc: true,
    });
    this.#opened.push({ stop: () => launched.kill() });
    return launched;
  }

  async start(overrides: Readonly<Record<string, unknown>> | string = {}): Promise<RunningProcessor> {
    const launched = this.launch(overrides);
    let ports: { admin: { port: number }; ports: Record<string, number> } | undefined;
    launched.child.on("message", (message: { type?: string }) => {
      if (message.type === "listening") ports = message as unknown as typeof ports;
    });
    await waitFor(
      () => {
        if (launched.exit !== undefined) throw new Error(`the processor ended: ${launched.output()}`);
        return ports;
      },
      { deadlineMs: 30_000, what: "a running processor" },
    );
    const adminPort = ports?.admin.port ?? 0;
    const get = (path: string) => fetch(`http://127.0.0.1:${adminPort}${path}`);
    return {
      process: launched,
      beatsPort: ports?.ports["beats"] ?? 0,
      ports: ports?.ports ?? {},
      adminPort,
      readiness: async () => {
        const response = await get("/readyz");
        const { reasons } = (await response.json()) as { reasons: string[] };
        return { status: response.status, text: reasons.join("\n") };
      },
      metric: async (name, label = "") => {
        const lines = (await (await get("/metrics")).text()).split("\n");
        const found = lines.filter((line) => line.startsWith(`gatelog_processor_${name}`) && line.includes(label));
        return found.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
      },
    };
  }

  client(port: number): LumberjackClient {
    const client = createLumberjackClient({ hosts: [`127.0.0.1:${port}`], compressionLevel: 3, timeoutMs: 10_000, clock: systemClock });
    this.#opened.push({ stop: async () => client.close() });
    return client;
  }

  /** Everything that arrives at a topic, by default this bench's embedded one. */
  async collect(topic: TopicConfig = this.topic, group = "test"): Promise<ConsumedMessage[]> {
    const messages: ConsumedMessage[] = [];
    const consumer: TopicConsumer = createConsumer({ ...topic, group }, {});
    this.#opened.push(consumer);
    await consumer.start(async (batch) => {
      for (const message of batch.messages) messages.push({ ...message, value: Buffer.from(message.value) });
    });
    return messages;
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((part) => part.stop()));
    await this.#remove();
  }
}

/** A Beats event as Filebeat 8 writes it, as a Lumberjack payload. */
export function beatsEvent(message: string, offset: number, more: Readonly<Record<string, unknown>> = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      "@timestamp": "2026-11-23T08:00:00.000Z",
      "@metadata": { beat: "filebeat", type: "_doc", version: "8.15.0" },
      message,
      agent: { id: "4b4a", type: "filebeat", ephemeral_id: "changes" },
      log: { file: { path: "/var/log/gateway.log", inode: "4711", device_id: "2049" }, offset },
      ...more,
    }),
  );
}

/** A v1 record's line, with its own id. */
export function recordLine(sequence: number, more: Readonly<Record<string, unknown>> = {}): string {
  const id = `0199a1b2-c3d4-7000-8000-${sequence.toString(16).padStart(12, "0")}`;
  return JSON.stringify({
    v: 1,
    id,
    requestTime: "2026-11-23T16:00:00.123+08:00",
    gateway: "gw-1",
    boot: "b1",
    seq: sequence,
    status: 200,
    method: "POST",
    url: "http://127.0.0.1:9000/springboot-demo/hello",
    path: "/springboot-demo/hello",
    responseContent: "Hello!Spring boot!",
    ...more,
  });
}

/** The payload of a mark line. */
export function markLine(sequence: number): string {
  return JSON.stringify({ v: 1, type: "mark", gateway: "gw-1", boot: "b1", seq: sequence, inFlight: [], closing: false });
}
