import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, ManagedProcess } from "@gatelog/testkit";
import { stringify } from "yaml";
import { benchDirectory } from "../clean-up.ts";
import { RecordCounter } from "../record-counter.ts";
import { Unavailable, type Candidate, type RunningCandidate } from "./candidate.ts";

/** Ours with the configuration that users have: the whole record, both bodies, masking as by default. */
export const gatelog = (bundle: string): Candidate => ({
  name: "gatelog",
  note: "ours: v1 record, both bodies, default masking",
  start: (upstreamPort) => startGatelog({ name: "gatelog", bundle, upstreamPort }),
});

/** Ours where answers wait until their record is on disk. */
export const audited = (bundle: string): Candidate => ({
  name: "gatelog-audit",
  note: "ours with log.audit",
  start: (upstreamPort) => startOptional({ name: "gatelog-audit", bundle, upstreamPort, log: { audit: true } }),
});

/** Ours with two worker processes. */
export const twoWorkers = (bundle: string): Candidate => ({
  name: "gatelog-2-workers",
  note: "ours with workers: 2",
  start: (upstreamPort) => startOptional({ name: "gatelog-2-workers", bundle, upstreamPort, config: { workers: 2 } }),
});

/** What differs from the plain candidate. */
interface GatelogOptions {
  readonly name: string;
  /** Its built `main.js`. */
  readonly bundle: string;
  readonly upstreamPort: number;
  readonly log?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** For the profiler. */
  readonly nodeArguments?: readonly string[];
}

/** Starts the built gateway. **Errors**: with the end of its output when it does not start. */
export async function startGatelog(options: GatelogOptions): Promise<RunningCandidate> {
  const directory = await benchDirectory(options.name);
  const port = await freePort();
  await writeConfiguration(directory.path, port, options);
  const gateway = new ManagedProcess({
    command: process.execPath,
    arguments: [...(options.nodeArguments ?? []), options.bundle, "--config", join(directory.path, "gateway.yaml")],
    logFile: join(directory.path, "output.log"),
  });
  const stop = async () => {
    await gateway.stop();
    await directory.remove();
  };
  try {
    await untilStarted(gateway);
  } catch (error) {
    await stop();
    throw error;
  }
  const records = new RecordCounter(join(directory.path, "logs"), (file) => file.endsWith(".log"));
  return { name: options.name, pid: gateway.pid, port, records, output: () => gateway.output(), stop };
}

/** A gateway that refuses its configuration ends at once. */
async function untilStarted(gateway: ManagedProcess): Promise<void> {
  const ended = gateway.exited.then(() => {
    throw new Error(`the gateway did not start:\n${gateway.output().slice(-1500)}`);
  });
  await Promise.race([gateway.waitForOutput('"started"'), ended]);
  // It ends later too, which is then no news.
  ended.catch(() => undefined);
}

async function startOptional(options: GatelogOptions): Promise<RunningCandidate> {
  try {
    return await startGatelog(options);
  } catch (error) {
    const [, reason] = /^gatelog gateway: (?:\/\S+: )?(.*)$/m.exec((error as Error).message) ?? [];
    if (reason === undefined) throw error;
    throw new Unavailable(reason, { cause: error });
  }
}

async function writeConfiguration(directory: string, port: number, options: GatelogOptions): Promise<void> {
  const configuration = {
    name: "bench",
    listen: { host: "127.0.0.1", port },
    admin: { host: "127.0.0.1", port: await freePort() },
    log: { dir: "./logs", format: "v1", ...options.log },
    capture: { bodyBytesMax: 65_536 },
    masking: { profile: "default" },
    routesDir: "./routes.d",
    ...options.config,
  };
  const routes = {
    project: "bench",
    env: "bench",
    upstreams: [{ name: "orders", servers: [`http://127.0.0.1:${options.upstreamPort}`] }],
    routes: [{ name: "orders", prefix: "/", upstream: "orders" }],
  };
  mkdirSync(join(directory, "routes.d"));
  writeFileSync(join(directory, "gateway.yaml"), stringify(configuration));
  writeFileSync(join(directory, "routes.d/bench.yaml"), stringify(routes));
}
