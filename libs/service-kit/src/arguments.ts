import { parseArgs } from "node:util";
import { nearestName } from "./config/check.ts";
import { StartError } from "./start-error.ts";

/** What the command line says: run with a configuration, or do one thing. */
export type CommandLine =
  | {
      readonly kind: "run";
      readonly configFile: string;
      /** Only validate, then exit 0 or 1. */
      readonly check: boolean;
      /** The app's own flags that were given, without their dashes. */
      readonly flags: ReadonlySet<string>;
    }
  | { readonly kind: "command"; readonly name: string; readonly args: readonly string[] }
  | { readonly kind: "help" };

/** What an app's command line may hold beside `--config FILE [--check]`. */
export interface CommandLineOptions {
  /** Names of commands, each the first word. */
  readonly commands: readonly string[];
  /** Names of flags without a value, without their dashes. */
  readonly flags: readonly string[];
}

/** Reads `--config FILE [--check]`, or `check --config FILE`, which is the same, the app's flags, or one of its commands. **Errors**: StartError with one sentence for anything else. */
export function parseCommandLine(argv: readonly string[], { commands, flags }: CommandLineOptions): CommandLine {
  const [first = "", ...rest] = argv;
  if (commands.includes(first)) return { kind: "command", name: first, args: rest };
  if (first === "check") return parseCommandLine([...rest, "--check"], { commands, flags });
  const usage = usageOf({ commands, flags });
  const { tokens } = parseArgs({
    args: [...argv],
    options: { config: { type: "string" } },
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const given = new Set<string>();
  let configFile: string | undefined;
  for (const token of tokens) {
    if (token.kind === "positional" && commands.includes(token.value))
      throw new StartError(`a command comes first: ${token.value} …; ${usage}`);
    if (token.kind === "positional")
      throw new StartError(`unexpected argument "${token.value}"${didYouMean(token.value, commands)}; ${usage}`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (name === "help" || rawName === "-h") return { kind: "help" };
    if (name === "config" && value !== undefined && value !== "") configFile = value;
    else if (name === "config") throw new StartError(`--config needs the name of a file; ${usage}`);
    else if (name !== "check" && !flags.includes(name))
      throw new StartError(`unknown flag ${rawName}${didYouMean(rawName, flagNames(flags))}; ${usage}`);
    else if (value !== undefined) throw new StartError(`--${name} takes no value; ${usage}`);
    else given.add(name);
  }
  if (configFile === undefined) throw new StartError(`--config is missing; ${usage}`);
  const check = given.delete("check");
  return { kind: "run", configFile, check, flags: given };
}

/** One line that says what may be given. */
export function usageOf({ commands, flags }: CommandLineOptions): string {
  const run = ["--config FILE", ...["check", ...flags].map((flag) => `[--${flag}]`)].join(" ");
  return commands.length === 0 ? `usage: ${run}` : `usage: ${run}, or one of the commands ${commands.join(", ")}`;
}

function flagNames(flags: readonly string[]): string[] {
  return ["config", "check", ...flags].map((flag) => `--${flag}`);
}

function didYouMean(given: string, names: readonly string[]): string {
  const nearest = nearestName(given, names);
  return nearest === undefined ? "" : `, did you mean ${nearest}?`;
}
