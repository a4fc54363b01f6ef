import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, ManagedProcess, waitFor } from "@gatelog/testkit";
import { stringify } from "yaml";

const readyDeadlineMs = 60_000;
const stopDeadlineMs = 60_000;
const MiB = 1024 * 1024;

/** What differs from the processor as users have it. */
export interface ProcessorOptions {
  /** Its built `main.js`. */
  readonly bundle: string;
  readonly directory: string;
  readonly outputs: readonly unknown[];
  readonly filters?: readonly unknown[];
  readonly bufferBytesMax?: number;
  /** For the profiler. */
  readonly nodeArguments?: readonly string[];
  /** Whether its outputs answer, so that it says that it is ready. Default true. */
  readonly isReady?: boolean;
}

/** A running processor. */
export interface RunningProcessor {
  readonly pid: number;
  readonly beatsPort: number;
  /** The sum of a metric over the samples whose labels contain the text. */
  metric(name: string, label?: string): Promise<number>;
  /** **Errors**: when it has ended, with what it printed last. */
  check(): void;
  stop(): Promise<void>;
}

/** Starts ours, with the configuration that users have. */
export async function startProcessor(options: ProcessorOptions): Promise<RunningProcessor> {
  const [adminPort, beatsPort] = [await freePort(), await freePort()];
  mkdirSync(options.directory, { recursive: true });
  const file = join(options.directory, "processor.yaml");
  const configuration = {
    admin: { host: "127.0.0.1", port: adminPort },
    inputs: [{ beats: { host: "127.0.0.1", port: beatsPort } }],
    ...(options.filters && { filters: options.filters }),
    outputs: options.outputs,
    seedTimeZone: "Asia/Shanghai",
    buffer: { dir: "./buffer", bytesMax: options.bufferBytesMax ?? 2048 * MiB },
  };
  writeFileSync(file, stringify(configuration));
  const child = new ManagedProcess({
    command: process.execPath,
    arguments: [...(options.nodeArguments ?? []), options.bundle, "--config", file],
    logFile: join(options.directory, "processor.output"),
  });
  const check = () => {
    if (child.exit !== undefined)
      throw new Error(`the processor ended with ${child.exit.code ?? child.exit.signal}: ${child.output().slice(-1500)}`);
  };
  const running = {
    pid: child.pid,
    beatsPort,
    check,
    metric: metricOf(adminPort),
    stop: () => child.stop(stopDeadlineMs).then(() => undefined),
  };
  try {
    const path = options.isReady === false ? "healthz" : "readyz";
    await waitFor(() => child.exit !== undefined || isAnswering(`http://127.0.0.1:${adminPort}/${path}`), {
      deadlineMs: readyDeadlineMs,
      what: `the processor's /${path}`,
    });
    check();
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}

async function isAnswering(url: string): Promise<boolean> {
  return (await fetch(url)).status === 200;
}

function metricOf(port: number): RunningProcessor["metric"] {
  return async (name, label = "") => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const samples = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return samples.filter((line) => line.includes(label)).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  };
}
