import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, ManagedProcess, waitFor } from "@gatelog/testkit";
import { stringify } from "yaml";
import type { Contender, RunningContender } from "./contender.ts";

const readyDeadlineMs = 120_000;
const stopDeadlineMs = 60_000;

/** What differs from the tailer as users have it. */
export interface TailerOptions {
  readonly name: string;
  /** Its built `main.js`. */
  readonly bundle: string;
  readonly compressionLevel: number;
  /** Which files below the directory `logs` are read. */
  readonly paths?: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** For the profiler. */
  readonly nodeArguments?: readonly string[];
}

/** Ours, with the configuration that users have. */
export const gatelogTailer = (options: TailerOptions): Contender => ({
  name: options.name,
  protocol: "lumberjack",
  start: ({ directory, receiverPort }) => start(options, directory, receiverPort),
});

async function start(options: TailerOptions, directory: string, receiverPort: number): Promise<RunningContender> {
  const adminPort = await freePort();
  const configuration = {
    name: "bench",
    admin: { host: "127.0.0.1", port: adminPort },
    inputs: [{ id: "bench", paths: options.paths ?? ["./logs/*.log*"], seedTimeZone: "Asia/Shanghai" }],
    registryDir: "./registry",
    output: { lumberjack: { hosts: [`127.0.0.1:${receiverPort}`], compressionLevel: options.compressionLevel } },
    ...options.config,
  };
  const file = join(directory, "tailer.yaml");
  writeFileSync(file, stringify(configuration));
  const tailer = new ManagedProcess({
    command: process.execPath,
    arguments: [...(options.nodeArguments ?? []), options.bundle, "--config", file],
    logFile: join(directory, "tailer.output"),
  });
  const check = () => {
    if (tailer.exit === undefined) return;
    throw new Error(`${options.name} ended with ${tailer.exit.code ?? tailer.exit.signal}: ${tailer.output().slice(-1500)}`);
  };
  try {
    await waitFor(() => tailer.exit !== undefined || isReady(adminPort), {
      deadlineMs: readyDeadlineMs,
      what: `${options.name}'s /readyz`,
    });
    check();
  } catch (error) {
    await tailer.stop(stopDeadlineMs);
    throw error;
  }
  return { pid: tailer.pid, check, output: () => tailer.output(), stop: () => tailer.stop(stopDeadlineMs).then(() => undefined) };
}

async function isReady(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
}
