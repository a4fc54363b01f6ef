import { FileTailError, type InspectedEntry, inspectRegistry, type RegistryReport, resetRegistry } from "@gatelog/file-tail";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { type AppCommand, codeOf, type CommandTools, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";

const resetTargets = ["forget", "beginning", "end"] as const;

/** `inspect --config FILE [--json]`: what the registry remembers; also while a tailer runs. */
export const inspectCommand: AppCommand<Config> = {
  usage: "--config FILE [--json]: lists what the registry remembers of every file",
  details: [
    "a line is PATH OFFSET WHAT-IS-THERE, input ID, generation G, MARKS. What is there at the path now:",
    "of N bytes: that file; of its N bytes those before the offset are delivered",
    "another file is there: one with another device and inode, as after a rotation",
    "gone: nothing",
    "may not be looked at: unknown, for want of permission or because the disk does not answer",
    "marks:",
    "inflated: the file is compressed, and the offset counts what it holds",
    "rotated: it was renamed since it was found, or is a copy",
    "missing since T: no scan has seen it since; after cleanRemovedMs it is forgotten",
    "ended T: its content was truncated or replaced then; what was unread may still be found in a copy",
  ],
  async run(args, tools) {
    const { values } = read("inspect", args, { config: { type: "string" }, json: { type: "boolean" } });
    const report = await explained(registryDirOf("inspect", values["config"], tools), inspectRegistry);
    tools.print(values["json"] === true ? JSON.stringify(report, undefined, 2) : describe(report));
  },
};

/** `reset --config FILE … --to …`: changes what the registry remembers, while no tailer runs. */
export const resetCommand: AppCommand<Config> = {
  usage: `--config FILE --path GLOB|--input ID|--generation G --to ${resetTargets.join("|")}: changes from where files are read on; the tailer has to be stopped`,
  async run(args, tools) {
    const text = { type: "string" } as const;
    const { values } = read("reset", args, { config: text, path: text, input: text, generation: text, to: text });
    const to = resetTargets.find((target) => target === values["to"]);
    if (to === undefined) throw new StartError(`reset: --to takes ${resetTargets.join(", ")}, found "${String(values["to"] ?? "")}"`);
    const selectors = Object.fromEntries(
      ["path", "input", "generation"].flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])),
    );
    if (Object.keys(selectors).length === 0)
      throw new StartError("reset: say which files are meant by --path, --input or --generation; --path '/**' is all of them");
    const directory = registryDirOf("reset", values["config"], tools);
    const { changed, skipped, damage } = await explained(directory, () => resetRegistry(directory, { ...selectors, to }));
    if (damage !== undefined)
      tools.print(`the registry was damaged and is mended: ${damage.damagedRecords} records were lost, see ${damage.file}`);
    for (const { entry, offset } of changed)
      tools.print(`${entry.path}: ${offset === undefined ? "forgotten" : `read on from ${offset}`}, was ${entry.offset}`);
    for (const { entry, reason } of skipped) tools.print(`${entry.path}: not changed: ${reason}`);
    if (changed.length + skipped.length === 0) throw nothingMeant(directory, selectors, String(values["config"]));
    tools.print(`${changed.length} changed, ${skipped.length} not`);
  },
};

type Options = NonNullable<ParseArgsConfig["options"]>;

function read(command: string, args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options });
  } catch (error) {
    throw new StartError(`${command}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function registryDirOf(command: string, file: unknown, { loadConfig }: CommandTools<Config>): string {
  if (typeof file !== "string" || file === "") throw new StartError(`${command}: --config FILE is missing`);
  return loadConfig(file).registryDir;
}

function nothingMeant(directory: string, selectors: Readonly<Record<string, unknown>>, config: string): StartError {
  const given = Object.entries(selectors).map(([key, value]) => `--${key} "${String(value)}"`);
  const remedy = `inspect --config ${config} lists them, with their paths, inputs and generations`;
  return new StartError(`reset: of the files in the registry ${directory} none matches ${given.join(" and ")}; ${remedy}`);
}

async function explained<T>(directory: string, work: (directory: string) => Promise<T>): Promise<T> {
  try {
    return await work(directory);
  } catch (error) {
    if (!(error instanceof FileTailError)) throw error;
    const sentence = `there is no registry in ${directory}: no tailer that has it as its registryDir was started yet`;
    throw new StartError(codeOf(error.cause) === "ENOENT" ? sentence : error.message, { cause: error });
  }
}

function describe({ directory, entries, damage, files }: RegistryReport): string {
  const lines = entries.map(describeEntry);
  if (damage !== undefined)
    lines.push(`damaged: ${damage.damagedRecords} records of ${damage.file}; what is above is what a start would use`);
  lines.push(
    `${directory}: ${entries.length} entries in ${files.map(({ name, bytes }) => `${name} (${bytes} bytes)`).join(", ") || "no file"}`,
  );
  return lines.join("\n");
}

function describeEntry({
  path,
  input,
  generation,
  offset,
  present,
  missingSince,
  endedSince,
  compressed,
  rotated,
}: InspectedEntry): string {
  const marks = [
    compressed === true ? "inflated" : "",
    rotated === true ? "rotated" : "",
    missingSince === undefined ? "" : `missing since ${new Date(missingSince).toISOString()}`,
    endedSince === undefined ? "" : `ended ${new Date(endedSince).toISOString()}`,
  ].filter((mark) => mark !== "");
  const there = { same: `of ${present.sizeBytes} bytes`, other: "another file is there", none: "gone", unknown: "may not be looked at" }[
    present.state
  ];
  return [`${path} ${offset} ${there}`, `input ${input}`, `generation ${generation}`, ...marks].join(", ");
}
