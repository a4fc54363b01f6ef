import { writeSync } from "node:fs";
import { systemClock } from "@gatelog/pipeline";
import type { Static, TObject, TProperties } from "typebox";
import { createAdminServer } from "./admin-server.ts";
import { beginProcess, serve } from "./app-process.ts";
import type { App, AppContext } from "./app.ts";
import { parseCommandLine, usageOf } from "./arguments.ts";
import { type CodeReader, isCodeFile } from "./config/code-document.ts";
import { loadConfig, type ConfigCheck, type LoadedConfig } from "./load-config.ts";
import { createRegistry, registerAppMetrics } from "./metrics.ts";
import { complain } from "./process-events.ts";
import type { commonConfig } from "./schema.ts";
import { ConfigError, StartError } from "./start-error.ts";
import { runPrimary } from "./workers/primary.ts";
import { isWorkerProcess, runWorker } from "./workers/worker.ts";

/** Schema of an app's configuration: an object with the keys of `commonConfig`. */
export type AppSchema = TObject<TProperties & ReturnType<typeof commonConfig>>;

/** One thing that an app does instead of running. */
export interface AppCommand<Config> {
  /** What follows the command's name, and what it does, in one line. */
  readonly usage: string;
  /** What its output means, in lines that `--help` prints below `usage`. */
  readonly details?: readonly string[];
  /** Does it. Rejects with a StartError for the user's mistakes. Resolves with the exit code where that is not 0. */
  readonly run: (args: readonly string[], tools: CommandTools<Config>) => Promise<number | void>;
  /** The exit code where `run` rejects. Default 1. */
  readonly failureCode?: number;
}

/** What a command gets. */
export interface CommandTools<Config> {
  /** Loads a configuration file as a start would. **Errors**: ConfigError, StartError. */
  readonly loadConfig: (file: string) => Config;
  /** Writes text and a line end to standard output. */
  readonly print: (text: string) => void;
  readonly env: NodeJS.ProcessEnv;
  /** Calls the listener at the first SIGINT or SIGTERM, which does not end the process then; a second one does. Returns what takes that back. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** How an app reads a configuration that is code. */
export interface ConfigCode {
  readonly read: CodeReader;
  /** What a compiler says of the file, for `--check`: a line each, and a note where it could not be asked. */
  readonly checkTypes: (file: string) => { readonly problems: readonly string[]; readonly note?: string };
}

/** What main.ts passes. */
export interface RunAppOptions<T extends AppSchema> {
  /** The app's name as in `apps/<app>`. */
  readonly name: string;
  readonly schema: T;
  /** Relations between values; runs at start and with `--check`. */
  readonly check?: ConfigCheck<Static<T>>;
  /** Looks at the further files and directories that the configuration names, and throws as a start would; with `--check`, for a start sees them anyway. */
  readonly checkFiles?: (config: Static<T>) => void;
  /** Reads configurations that are code; without it, every configuration is YAML. */
  readonly code?: ConfigCode;
  /** What the app can do beside running, by the command line's first word. */
  readonly commands?: Readonly<Record<string, AppCommand<Static<T>>>>;
  /** Flags beside `--check`, without their dashes; those that were given are in the context. */
  readonly flags?: readonly string[];
  /** Where the log goes; by default standard output. */
  readonly logTo?: (config: Static<T>) => "stdout" | "stderr";
  /** How many worker processes share the app's ports; by default, and with 1, the app runs in this process. */
  readonly workers?: (config: Static<T>) => number;
  /** Wires the app, in each worker anew. Local obstacles reject with a StartError. */
  readonly create: (context: AppContext<Static<T>>) => Promise<App>;
}

/**
 * Runs the process: `--config FILE [--check]`, `--help`, the app's own flags, or one of its commands, each of which has a `--help` too.
 *
 * **Guarantee**: exit 0 after `--check` of a valid file, and after SIGTERM, SIGINT or the end of the supervisor's IPC
 * channel when the app's `stop` resolved, in each worker; else 1. A wrong configuration or a local obstacle prints one
 * sentence a problem and no stack. An uncaught error is logged and ends the process: what was acknowledged is on disk.
 */
export function runApp<T extends AppSchema>(options: RunAppOptions<T>): void {
  const ended = isWorkerProcess() ? runWorker(options) : main(options);
  ended.then(
    (code) => process.exit(code),
    (error: unknown) => {
      complain(options.name, error);
      process.exit(1);
    },
  );
}

async function main<T extends AppSchema>(options: RunAppOptions<T>): Promise<number> {
  const known = { commands: Object.keys(options.commands ?? {}), flags: options.flags ?? [] };
  const line = parseCommandLine(process.argv.slice(2), known);
  if (line.kind === "help") return help(options, usageOf(known));
  if (line.kind === "command") return runCommand(options, line);
  const { configFile, check, flags } = line;
  if (check) checkCode(options.code, configFile);
  const loaded = load(options, configFile);
  try {
    if (check) return checkAlone(options, loaded, configFile);
    const count = options.workers?.(loaded.config) ?? 1;
    return await (count > 1 ? runPrimary(options.name, loaded, count) : runAlone(options, loaded, flags));
  } catch (error) {
    throw withPlace(error, loaded);
  }
}

/** Types come first: what the compiler says has a line and a column. */
function checkCode(code: ConfigCode | undefined, file: string): void {
  if (code === undefined || !isCodeFile(file)) return;
  const { problems, note } = code.checkTypes(file);
  if (problems.length > 0) throw new ConfigError(problems);
  if (note !== undefined) print(note);
}

function checkAlone<T extends AppSchema>(options: RunAppOptions<T>, { config }: LoadedConfig<Static<T>>, file: string): number {
  options.checkFiles?.(config);
  print(`${file}: the configuration of ${options.name} is valid`);
  return 0;
}

/** An obstacle that lies in a key is told with its place, as what is wrong in the file itself. */
function withPlace(error: unknown, { locate }: LoadedConfig<unknown>): unknown {
  if (!(error instanceof StartError) || error.key === undefined) return error;
  return new StartError(`${locate(error.key)}: ${error.message}`, { cause: error });
}

function load<T extends AppSchema>({ name, schema, check, code }: RunAppOptions<T>, file: string): LoadedConfig<Static<T>> {
  const readCode = code === undefined ? {} : { readCode: code.read };
  return loadConfig({ app: name, schema, file, env: process.env, ...readCode, ...(check === undefined ? {} : { check }) });
}

/** As `--check` does, without the compiler, which takes seconds. */
function loadAgain<T extends AppSchema>(options: RunAppOptions<T>, file: string): LoadedConfig<Static<T>> {
  const loaded = load(options, file);
  try {
    options.checkFiles?.(loaded.config);
  } catch (error) {
    throw withPlace(error, loaded);
  }
  return loaded;
}

async function runCommand<T extends AppSchema>(
  options: RunAppOptions<T>,
  { name, args }: { readonly name: string; readonly args: readonly string[] },
): Promise<number> {
  const command = options.commands?.[name];
  if (command !== undefined && args.includes("--help")) {
    print(helpOf(name, command).join("\n"));
    return 0;
  }
  try {
    const tools = { loadConfig: (path: string) => load(options, path).config, print, env: process.env, onInterrupt };
    return (await command?.run(args, tools)) ?? 0;
  } catch (error) {
    complain(options.name, error);
    return command?.failureCode ?? 1;
  }
}

const interrupts = ["SIGINT", "SIGTERM"] as const;

function onInterrupt(listener: () => void): () => void {
  for (const signal of interrupts) process.once(signal, listener);
  return () => {
    for (const signal of interrupts) process.removeListener(signal, listener);
  };
}

function help<T extends AppSchema>({ commands = {} }: RunAppOptions<T>, usage: string): number {
  print([usage, ...Object.entries(commands).flatMap(([name, command]) => helpOf(name, command))].join("\n"));
  return 0;
}

function helpOf(name: string, { usage, details = [] }: AppCommand<never>): readonly string[] {
  return [`  ${name} ${usage}`, ...details.map((detail) => `      ${detail}`)];
}

/** As a shell tells of a program that the end of its reader ended. */
const readerGoneCode = 141;

function print(text: string): void {
  try {
    writeSync(1, `${text}\n`);
  } catch (error) {
    // Who reads has seen enough, as `| head`: nothing to complain of.
    if ((error as NodeJS.ErrnoException).code === "EPIPE") process.exit(readerGoneCode);
    throw error;
  }
}

async function runAlone<T extends AppSchema>(
  options: RunAppOptions<T>,
  loaded: LoadedConfig<Static<T>>,
  flags: ReadonlySet<string>,
): Promise<number> {
  const self = beginProcess(options.name, loaded, { logTo: options.logTo?.(loaded.config) ?? "stdout" });
  const metrics = createRegistry();
  const readiness = () => self.lifecycle.readiness();
  const admin = createAdminServer({ metrics, readiness });
  registerAppMetrics(metrics, { name: options.name, version: self.version, readiness });
  const context: AppContext<Static<T>> = {
    config: loaded.config,
    configFile: loaded.file,
    configSource: { files: loaded.files, load: () => loadAgain(options, loaded.file) },
    resolvePath: loaded.resolvePath,
    logger: self.logger,
    metrics,
    clock: systemClock,
    admin,
    version: self.version,
    worker: { slot: 0, count: 1 },
    flags,
    requestStop: (reason) => self.lifecycle.requestStop(reason),
    onSignal: (signal, handler) => void process.on(signal, handler),
  };
  return serve(self, admin, () => options.create(context));
}
