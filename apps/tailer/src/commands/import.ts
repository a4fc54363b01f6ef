import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type AppCommand, readFailure, StartError, writeNewFile } from "@gatelog/service-kit";
import { importFilebeat, type ImportNote } from "../import/import-filebeat.ts";

/** `import filebeat.yml [--out FILE]`: writes our YAML, and says on standard error what has no equivalent. */
export const importCommand: AppCommand<unknown> = {
  usage: "FILEBEAT.YML [--out TAILER.YAML]: makes tailer.yaml of a filebeat.yml, and says what has no equivalent",
  async run(args, { print }) {
    const { file, out } = readArguments(args);
    const { yaml, notes, errors } = importFilebeat(await read(file), { file });
    if (out === undefined) return print(yaml.trimEnd());
    await writeNewFile(out, yaml);
    for (const note of notes) print(describe(note));
    for (const error of errors) print(`to be put right by hand: ${describe(error)}`);
    print(`${out} was written: ${notes.length} settings are different or were left out, ${errors.length} have to be put right by hand`);
  },
};

function readArguments(args: readonly string[]): { file: string; out: string | undefined } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: { out: { type: "string" } }, allowPositionals: true });
    const [file, ...more] = positionals;
    if (file !== undefined && more.length === 0) return { file, out: values.out };
  } catch (error) {
    throw new StartError(`import: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  throw new StartError("import takes one file: import FILEBEAT.YML [--out TAILER.YAML]");
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new StartError(`${file} cannot be read: ${readFailure(error)}; give the path of your filebeat.yml`, { cause: error });
  }
}

function describe({ key, line, message }: ImportNote): string {
  return `${key}${line === undefined ? "" : ` (line ${line})`} ${message}`;
}
