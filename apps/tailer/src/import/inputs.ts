import { convertFields, type FixedFields } from "./event-fields.ts";
import { convertFiles } from "./input-files.ts";
import { convertLifetime } from "./input-lifetime.ts";
import { convertLines, nonEmpty } from "./input-lines.ts";
import { filestreamNames, ignoredByFilestream, inputNotes, logNames } from "./input-names.ts";
import { convertLogParsers, convertParsers } from "./parsers.ts";
import type { Settings } from "./settings.ts";
import { readShared, type SharedSettings } from "./shared-settings.ts";
import type { TargetInput } from "./target.ts";

/** An input that could be converted, with where it comes from. */
export interface ConvertedInput {
  readonly target: TargetInput;
  readonly shared: SharedSettings;
  /** `filebeat.inputs[0], log, line 7`. */
  readonly origin: string;
}

const fileTypes = new Set(["log", "filestream", "container", "docker"]);

/** Converts the inputs that read files and are enabled; of the others it is told. */
export function convertInputs(list: readonly Settings[], common: FixedFields): readonly ConvertedInput[] {
  const ids = new Set<string>();
  return list.flatMap((settings) => {
    const type = settings.string("input_type") ?? settings.string("type") ?? "log";
    if (settings.boolean("enabled") === false) {
      settings.noteAll("is not enabled and was left out");
      return [];
    }
    if (!fileTypes.has(type)) {
      settings.errorAll(
        `is of type ${type}, and the tailer reads files: keep it with Filebeat, or send it to the processor in another way`,
      );
      return [];
    }
    const target = convertInput(settings, type, common, ids);
    if (target.paths.length === 0) {
      settings.errorAll("has no paths and was left out: write which files it reads");
      return [];
    }
    const names = type === "filestream" ? filestreamNames : logNames;
    return [{ target, shared: readShared(settings, names), origin: `${settings.key}, ${type}, line ${settings.line}` }];
  });
}

function convertInput(settings: Settings, type: string, common: FixedFields, ids: Set<string>): TargetInput {
  const isFilestream = type === "filestream";
  const names = isFilestream ? filestreamNames : logNames;
  if (isFilestream) {
    for (const key of ignoredByFilestream) settings.note(key, "is no option of filestream, which passes over it: left out here too");
  }
  for (const [key, message] of Object.entries(inputNotes)) settings.note(key, message);
  const lines = convertLines(settings);
  const parsed = isFilestream ? convertParsers(settings) : { parsers: convertLogParsers(settings, type) };
  const files = convertFiles(settings, names);
  return {
    id: uniqueId(settings, type, ids),
    ...files,
    ...(type === "docker" ? { paths: dockerPaths(settings) } : {}),
    ...(type === "container" ? { symlinks: true } : {}),
    ...lines,
    includeLines: lines.includeLines ?? parsed.includeLines,
    parsers: nonEmpty(parsed.parsers),
    ...convertFields(settings, common),
    ...convertLifetime(settings, names),
  };
}

function uniqueId(settings: Settings, type: string, ids: Set<string>): string {
  const wanted = (settings.string("id") || `${type}-${ids.size + 1}`).slice(0, 120);
  let id = wanted;
  for (let count = 2; ids.has(id); count += 1) id = `${wanted}-${count}`;
  if (id !== wanted) settings.note("id", `is used twice: this one became ${id}`);
  ids.add(id);
  return id;
}

/** The `docker` input of Filebeat 6 names containers instead of paths. */
function dockerPaths(settings: Settings): readonly string[] {
  const directories = settings.strings("containers.paths");
  const directory = settings.string("containers.path") ?? "/var/lib/docker/containers";
  const ids = settings.strings("containers.ids");
  const roots = directories.length > 0 ? directories : [directory];
  return roots.flatMap((root) => (ids.length > 0 ? ids : ["*"]).map((id) => `${root}/${id}/*.log`));
}
