import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type AppCommand, readFailure, StartError, writeNewFile } from "@gatelog/service-kit";
import { describeNote, importLogstash, type SourceFile } from "./import-logstash.ts";

/** `import logstash.conf … [--out FILE]`: writes our YAML, and says what has no equivalent. */
export const importCommand: AppCommand<unknown> = {
  usage:
    "LOGSTASH.CONF… [--out PROCESSOR.YAML]: makes processor.yaml of the files, or the folder, of a pipeline, and says what has no equivalent",
  async run(args, { print }) {
    const { paths, out } = readArguments(args);
    const files = (await Promise.all(paths.map((path) => readSources(path)))).flat();
    const { yaml, notes, errors } = importLogstash(files);
    if (out === undefined) return print(yaml.trimEnd());
    await writeNewFile(out, yaml);
    for (const note of notes) print(describeNote(note));
    for (const error of errors) print(`to be put right by hand: ${describeNote(error)}`);
    print(`${out} was written: ${notes.length} settings are different or were left out, ${errors.length} have to be put right by hand`);
  },
};

function readArguments(args: readonly string[]): { paths: readonly string[]; out: string | undefined } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: { out: { type: "string" } }, allowPositionals: true });
    if (positionals.length > 0) return { paths: positionals, out: values.out };
  } catch (error) {
    throw new StartError(`import: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  throw new StartError("import takes the files, or the folder, of a pipeline: import LOGSTASH.CONF… [--out PROCESSOR.YAML]");
}

/** A file, or all files of a folder in the order of their names, as Logstash reads them. */
async function readSources(path: string): Promise<readonly SourceFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ file: path, text: await readFile(path, "utf8") }];
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile() && !entry.name.endsWith("~")).map(({ name }) => name);
    if (names.length === 0) throw new StartError(`${path} has no files in it: give the folder that has Logstash's *.conf`);
    return await Promise.all(
      names.toSorted().map(async (name) => ({ file: join(path, name), text: await readFile(join(path, name), "utf8") })),
    );
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`${path} cannot be read: ${readFailure(error)}; give the path of your logstash.conf`, { cause: error });
  }
}
