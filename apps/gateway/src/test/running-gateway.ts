import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseLine, type LogRecord, type Mark } from "@gatelog/log-record";
import { systemClock } from "@gatelog/pipeline";
import { loadConfig, type App, type AppContext, type Logger } from "@gatelog/service-kit";
import { Registry } from "prom-client";
import { stringify } from "./to-yaml.ts";
import { checkConfig, configSchema, type Config } from "../config.ts";
import { createGateway, type GatewayParts } from "../gateway.ts";

/** What a test says of the gateway it wants; the rest is as by default, on free ports. */
export interface GatewayOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Origin that `/api` leads to. */
  readonly upstream?: string;
  /** Routes files by name, instead of the one for `upstream`. */
  readonly routes?: Readonly<Record<string, unknown>>;
  /** Directory that a gateway before it used. */
  readonly dir?: string;
  readonly parts?: GatewayParts;
}

/** A gateway within this process. */
export interface RunningGateway {
  readonly app: App;
  readonly port: number;
  readonly origin: string;
  readonly dir: string;
  readonly registry: Registry;
  /** Messages that it logged, with their level. */
  readonly messages: readonly string[];
  lines(): string[];
  records(): LogRecord[];
  marks(): Mark[];
  /** Sends a signal that service-kit would pass on. */
  signal(name: string): void;
  stop(): Promise<void>;
}

/** Starts a gateway whose files lie in a directory of their own. */
export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "gatelog-gateway-"));
  writeFiles(dir, options);
  const messages: string[] = [];
  const handlers = new Map<string, () => void>();
  const { config, file, resolvePath } = loadConfig({
    app: "gateway",
    schema: configSchema,
    file: join(dir, "gateway.yaml"),
    env: {},
    check: checkConfig,
  });
  const registry = new Registry();
  const context = {
    config,
    configFile: file,
    resolvePath,
    logger: collectingLogger(messages),
    metrics: registry,
    clock: systemClock,
    worker: { slot: 0, count: 1 },
    onSignal: (name: string, handler: () => void) => handlers.set(name, handler),
  } as unknown as AppContext<Config>;
  const app = await createGateway(context, options.parts);
  await app.start();
  const port = app.ports?.()["gateway"] ?? 0;
  const lines = () => readLines(join(dir, "logs"));
  let isStopped = false;
  return {
    app,
    port,
    origin: `http://127.0.0.1:${port}`,
    dir,
    registry,
    messages,
    lines,
    records: () => recordsOf(lines()),
    marks: () => marksOf(lines()),
    signal: (name) => handlers.get(name)?.(),
    async stop() {
      if (isStopped) return;
      isStopped = true;
      await app.stop(AbortSignal.timeout(config.shutdownDeadlineMs));
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Writes `gateway.yaml` and `routes.d` into the directory. */
export function writeFiles(dir: string, options: GatewayOptions): void {
  const routes = options.routes ?? {
    "test.yaml": {
      project: "test",
      env: "ci",
      upstreams: options.upstream === undefined ? [] : [{ name: "api", servers: [options.upstream] }],
      routes: options.upstream === undefined ? [] : [{ name: "api", prefix: "/api", upstream: "api" }],
    },
  };
  mkdirSync(join(dir, "routes.d"), { recursive: true });
  for (const [name, content] of Object.entries(routes))
    writeFileSync(join(dir, "routes.d", name), typeof content === "string" ? content : stringify(content));
  const { log, ...rest } = (options.config ?? {}) as { log?: object };
  const config = {
    name: "gw-t",
    listen: { host: "127.0.0.1", port: 0 },
    admin: { port: 0 },
    log: { dir: "./logs", ...log },
    routesPollMs: 50,
    ...rest,
  };
  writeFileSync(join(dir, "gateway.yaml"), stringify(config));
}

/** All lines of all log files, oldest file first. */
export function readLines(dir: string): string[] {
  const names = readdirSync(dir).filter((name) => name.endsWith(".log"));
  const order = (name: string) => Number(/-(\d+)\.log$/.exec(name)?.[1] ?? 0);
  return names
    .sort((a, b) => a.slice(0, -6).localeCompare(b.slice(0, -6)) || order(a) - order(b))
    .flatMap((name) => readFileSync(join(dir, name), "utf8").split("\n").slice(0, -1));
}

/** The records among the lines. */
export function recordsOf(lines: readonly string[]): LogRecord[] {
  return lines.flatMap((line) => {
    const parsed = parseLine(line, { seedTimeZone: "UTC" });
    return parsed.kind === "record" ? [parsed.record] : [];
  });
}

/** The marks among the lines. */
export function marksOf(lines: readonly string[]): Mark[] {
  return lines.flatMap((line) => {
    const parsed = parseLine(line, { seedTimeZone: "UTC" });
    return parsed.kind === "mark" ? [parsed.mark] : [];
  });
}

function collectingLogger(messages: string[]): Logger {
  const log = (level: string) => (details: unknown, message?: string) => {
    const text = typeof details === "string" ? details : JSON.stringify(details);
    messages.push(`${level} ${message ?? ""} ${text}`);
  };
  return { info: log("info"), warn: log("warn"), error: log("error"), debug: () => undefined } as unknown as Logger;
}
