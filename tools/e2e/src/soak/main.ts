import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { seedOfRun } from "@gatelog/testkit";
import { soak } from "./soak.ts";

const callsPerKill = 1250;
const violationsShown = 20;

const stages = { gateway: soakGateway };

/** `npm run soak -- <stage>`: runs it, prints the seed and what was found; 1 when anything is not accounted for. */
async function main(): Promise<void> {
  const [name = "", ...args] = process.argv.slice(2);
  const stage = Object.hasOwn(stages, name) ? stages[name as keyof typeof stages] : undefined;
  if (stage === undefined)
    throw new Error(
      `${name === "" ? "name a stage" : `"${name}" is not a stage that can be soaked`}; there are: ${Object.keys(stages).join(", ")}`,
    );
  await stage(args);
}

async function soakGateway(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: "string", default: "100000" },
      kills: { type: "string" },
      seed: { type: "string" },
      workers: { type: "string", default: "1" },
      unaudited: { type: "boolean", default: false },
      bundle: { type: "string" },
    },
  });
  const calls = numberOf("calls", values.calls, 1000);
  const seed = values.seed === undefined ? seedOfRun() : numberOf("seed", values.seed, 1);
  say(`seed ${seed}`);
  const { violations, directory, ...figures } = await soak({
    seed,
    calls,
    kills: values.kills === undefined ? Math.round(calls / callsPerKill) : numberOf("kills", values.kills, 1),
    workers: numberOf("workers", values.workers, 1),
    isAudited: !values.unaudited,
    bundle: values.bundle && resolve(values.bundle),
  });
  for (const [name, figure] of Object.entries(figures)) say(`${name.padEnd(13)} ${figure.toLocaleString("en")}`);
  if (violations.length === 0) return say("every call is accounted for");
  for (const sentence of violations.slice(0, violationsShown)) say(sentence);
  throw new Error(`${violations.length} violations with --seed ${seed}; the files are in ${directory}`);
}

function numberOf(option: string, text: string, min: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= min) return number;
  throw new Error(`--${option} takes a whole number from ${min}, found "${text}"`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
