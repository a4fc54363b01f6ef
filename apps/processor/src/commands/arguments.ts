import { dirname, resolve } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { type CommandTools, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

interface Parsed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
}

/** What a command was given, with its configuration loaded. */
export interface CommandInput {
  readonly config: Config;
  /** Makes a path absolute against the folder of the configuration. */
  readonly resolvePath: (path: string) => string;
  /** The first word, which says what is to be done. */
  readonly action: string;
  readonly text: (flag: string) => string | undefined;
  readonly isSet: (flag: string) => boolean;
}

/** Reads `<action> --config FILE …`. **Errors**: StartError, one sentence. */
export function readCommand(
  name: string,
  args: readonly string[],
  { actions, options, tools }: { readonly actions: readonly string[]; readonly options: Options; readonly tools: CommandTools<Config> },
): CommandInput {
  const { values, positionals }: Parsed = parseOptions(name, args, { ...options, config: { type: "string" } });
  const [action = "", ...more] = positionals;
  if (!actions.includes(action) || more.length > 0)
    throw new StartError(`${name}: say one of ${actions.join(", ")}, found "${positionals.join(" ")}"`);
  const text = (flag: string) => {
    const value = values[flag];
    return typeof value === "string" ? value : undefined;
  };
  const file = configFileOf(name, text("config"));
  const folder = dirname(resolve(file));
  return {
    config: tools.loadConfig(file),
    resolvePath: (path) => resolve(folder, path),
    action,
    text,
    isSet: (flag) => values[flag] === true,
  };
}

/** The configuration that `--config` names. **Errors**: StartError where it names none. */
export function configFileOf(name: string, given: string | undefined): string {
  if (given === undefined || given === "") throw new StartError(`${name}: --config FILE is missing`);
  return given;
}

/** Reads flags, and words where the command has some. **Errors**: StartError, one sentence. */
export function parseOptions<const T extends Options>(name: string, args: readonly string[], options: T, { words = true } = {}) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: words });
  } catch (error) {
    throw new StartError(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
