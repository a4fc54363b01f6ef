import { parseArgs } from "node:util";
import { nearestName } from "./config/check.ts";
import { StartError } from "./start-error.ts";

/** What the command line says. */
export interface CommandLine {
  readonly configFile: string;
  /** Only validate, then exit 0 or 1. */
  readonly check: boolean;
}

const usage = "usage: --config FILE [--check]";
const flags = ["--config", "--check"];

/** Reads `--config FILE [--check]`. **Errors**: StartError with one sentence for anything else. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true });
  let configFile: string | undefined;
  let check = false;
  for (const token of tokens) {
    if (token.kind === "positional") throw new StartError(`unexpected argument "${token.value}"; ${usage}`);
    if (token.kind !== "option") continue;
    if (token.name === "config" && token.value !== undefined && token.value !== "") configFile = token.value;
    else if (token.name === "config") throw new StartError(`--config needs the name of a file; ${usage}`);
    else if (token.name === "check" && token.value === undefined) check = true;
    else if (token.name === "check") throw new StartError(`--check takes no value; ${usage}`);
    else throw new StartError(`unknown flag ${token.rawName}${didYouMean(token.rawName)}; ${usage}`);
  }
  if (configFile === undefined) throw new StartError(`--config is missing; ${usage}`);
  return { configFile, check };
}

const options = { config: { type: "string" }, check: { type: "boolean" } } as const;

function didYouMean(flag: string): string {
  const nearest = nearestName(flag, flags);
  return nearest === undefined ? "" : `, did you mean ${nearest}?`;
}
