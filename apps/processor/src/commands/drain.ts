import { writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import { inspect } from "@gatelog/segment-log";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import { Registry } from "prom-client";
import type { Config } from "../config.ts";
import { deadLetterCursor } from "../dead-letters.ts";
import { Delivery, type OutputLeft } from "../delivery.ts";
import type { DrainStatus } from "../drain/drain.ts";
import { type AdminTarget, adminTarget, askAdmin } from "../inspect/admin-client.ts";
import { createMetrics } from "../metrics.ts";
import { Reports } from "../reports.ts";
import { configFileOf, parseOptions } from "./arguments.ts";
import { stderrLogger } from "./stderr-logger.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const options = { config: text, admin: text, timeout: text, running: flag, json: flag } as const;

const timeoutSecondsDefault = 3600;
const timeoutSecondsMax = 7 * 24 * 3600;
/** How often it is looked how far it is, and how often that is told. */
const lookMs = 200;
const tellMs = 5000;

interface Wish {
  readonly timeoutMs: number;
  /** Progress, and the result where it is for people. */
  readonly say: (line: string) => void;
}

/** `drain --config FILE`: everything out of the buffer, before a machine is taken out of service. */
export const drainCommand: AppCommand<Config> = {
  usage:
    "--config FILE [--timeout S] [--running [--admin URL]] [--json]: writes all that is in the buffer, and exits 0 when nothing is left",
  details: [
    "without --running: of a processor that is stopped; runs its outputs, without inputs",
    "--running: of the one that runs; closes its inputs for good and waits for its outputs. It runs on, not ready: stop it then",
    `--timeout: seconds, by default ${timeoutSecondsDefault}; then it exits 1 and says what is left, which stays in the buffer`,
  ],
  async run(args, { loadConfig, print, env }) {
    const { values, positionals } = parseOptions("drain", args, options);
    const [word] = positionals;
    if (word !== undefined) throw new StartError(`drain: takes flags alone, found "${word}"`);
    const { admin, running = false, json = false } = values;
    const file = configFileOf("drain", values.config);
    if (admin !== undefined && !running) throw new StartError("drain: --admin is for a processor that runs: add --running");
    const config = loadConfig(file);
    // Standard output may be where events go.
    const toStderr = json || config.outputs.some((output) => "stdout" in output);
    const say = toStderr ? (line: string) => void writeSync(2, `${line}\n`) : print;
    const wish = { timeoutMs: timeoutOf(values.timeout), say };
    const left = await (running
      ? drainRunning(adminTarget("drain", { config, url: admin, env }), wish)
      : drainStopped(config, dirname(resolve(file)), wish));
    if (json) print(JSON.stringify({ left }));
    report(left, wish);
    await tellDeadLetters(config, say);
  },
};

/** Runs the outputs, until nothing is left or there is no more time. */
async function drainStopped(config: Config, folder: string, { timeoutMs, say }: Wish): Promise<readonly OutputLeft[]> {
  const metrics = createMetrics(new Registry());
  const reports = new Reports(stderrLogger, metrics);
  const resolvePath = (path: string) => resolve(folder, path);
  const delivery = new Delivery({ config, resolvePath, clock: systemClock, reports, metrics });
  try {
    await delivery.start();
  } catch (error) {
    if (error instanceof StartError && error.message.includes("another processor uses"))
      throw new StartError(`drain: a processor runs with ${config.buffer.dir}: stop it first, or add --running`, { cause: error });
    throw error;
  }
  const progress = new Progress(say);
  const ticker = setInterval(() => progress.tell(delivery.left()), lookMs);
  try {
    await delivery.stop(AbortSignal.timeout(timeoutMs));
    return delivery.left();
  } finally {
    clearInterval(ticker);
    await delivery.close();
  }
}

/** Asks the one that runs, which goes on also when nobody waits any more. */
async function drainRunning(target: AdminTarget, { timeoutMs, say }: Wish): Promise<readonly OutputLeft[]> {
  const ask = async (method: "GET" | "POST") => (await (await askAdmin("drain", target, "/drain", method)).json()) as DrainStatus;
  const deadlineMs = performance.now() + timeoutMs;
  const progress = new Progress(say);
  let status = await ask("POST");
  while (status.state !== "drained" && performance.now() < deadlineMs) {
    progress.tell(status.left);
    await systemClock.sleep(lookMs);
    status = await ask("GET");
  }
  if (status.state === "closing")
    throw new StartError("drain: the inputs are not closed yet: what is on its way to the disk waits for space");
  return status.left;
}

class Progress {
  readonly #say: (line: string) => void;
  #toldAtMs = -Infinity;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  tell(left: readonly OutputLeft[]): void {
    const nowMs = performance.now();
    const open = left.filter(({ events }) => events > 0);
    if (open.length === 0 || nowMs - this.#toldAtMs < tellMs) return;
    this.#toldAtMs = nowMs;
    this.#say(`left: ${open.map(describe).join("; ")}`);
  }
}

/** **Errors**: StartError where something is left. */
function report(left: readonly OutputLeft[], { timeoutMs, say }: Wish): void {
  const open = left.filter(({ events }) => events > 0);
  if (open.length > 0) throw new StartError(`drain: after ${timeoutMs / 1000} s there is left: ${open.map(describe).join("; ")}`);
  say("drained: nothing is left to write");
}

function describe({ output, events, reason }: OutputLeft): string {
  return `${output} ${events} events${reason === undefined ? "" : ` (${reason})`}`;
}

/** They are no output's any more, and would be forgotten with the machine. */
async function tellDeadLetters({ buffer }: Config, say: (line: string) => void): Promise<void> {
  const dir = join(buffer.dir, "dead-letters");
  const report = await inspect({ dir }).catch(() => undefined);
  const letters = report?.cursors.find(({ name }) => name === deadLetterCursor)?.lag ?? 0;
  if (letters > 0) say(`up to ${letters} dead letters stay in ${dir}: look at them with \`processor dlq list\``);
}

function timeoutOf(given: string | undefined): number {
  if (given === undefined) return timeoutSecondsDefault * 1000;
  const seconds = Number(given);
  if (!/^\d+(\.\d+)?$/.test(given) || seconds > timeoutSecondsMax)
    throw new StartError(`drain: --timeout takes seconds, up to ${timeoutSecondsMax}, found "${given}"`);
  return seconds * 1000;
}
