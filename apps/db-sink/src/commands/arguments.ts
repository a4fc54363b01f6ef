import { parseArgs, type ParseArgsConfig } from "node:util";
import { StartError } from "@gatelog/service-kit";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What a command was given: its words, and the text of its flags. */
export interface CommandInput {
  readonly words: readonly string[];
  readonly text: (flag: string) => string | undefined;
  /** **Errors**: StartError where the flag is missing. */
  readonly needed: (flag: string) => string;
  readonly isSet: (flag: string) => boolean;
}

/** Reads a command's flags and words. **Errors**: StartError, one sentence. */
export function readCommand(name: string, args: readonly string[], options: Options): CommandInput {
  const { values, positionals } = parsed(name, args, options);
  const text = (flag: string) => {
    const value = values[flag];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    words: positionals,
    text,
    needed(flag) {
      const value = text(flag);
      if (value === undefined) throw new StartError(`${name}: --${flag} is missing`);
      return value;
    },
    isSet: (flag) => values[flag] === true,
  };
}

function parsed(
  name: string,
  args: readonly string[],
  options: Options,
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new StartError(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
