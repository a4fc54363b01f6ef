import { normalize } from "node:path";
import { filePatternToGlobs } from "./file-patterns.ts";
import type { InputNames } from "./input-names.ts";
import { mayMatchEnding, pathToGlob } from "./paths.ts";
import type { Settings } from "./settings.ts";
import type { TargetInput } from "./target.ts";

type FileOptions = Pick<TargetInput, "paths" | "exclude" | "symlinks" | "compression" | "startAt">;

/** Which files an input reads, and from where on. */
export function convertFiles(settings: Settings, names: InputNames): FileOptions {
  const isRecursive = settings.boolean(names.isRecursive) ?? true;
  const given = settings.strings("paths").filter((path) => !isDirectory(path));
  if (settings.strings("paths").some(isDirectory))
    settings.error("paths", "names a directory, of which Filebeat reads nothing: write /var/log/*.log or the like");
  tellOddPaths(settings, given);
  const exclude = convertExcluded(settings, names.excludeFiles);
  const paths = withIncluded(
    settings,
    names,
    given.map((path) => pathToGlob(path, isRecursive)),
  );
  return {
    paths,
    exclude: exclude.length === 0 ? undefined : exclude,
    symlinks: settings.boolean(names.symlinks) ? true : undefined,
    compression: convertCompression(settings, paths, exclude),
    startAt: convertStart(settings, names),
  };
}

function isDirectory(path: string): boolean {
  return normalize(path).endsWith("/");
}

function tellOddPaths(settings: Settings, paths: readonly string[]): void {
  if (paths.some((path) => /^[A-Za-z]:[\\/]|^\\\\/.test(path))) settings.error("paths", "has paths of Windows: the tailer runs on Linux");
  else if (paths.some((path) => !path.startsWith("/") && !path.startsWith("${"))) {
    settings.note("paths", "has a relative path: Filebeat takes it from where it was started, the tailer from the folder of tailer.yaml");
  }
  if (paths.some((path) => path.includes("{"))) {
    settings.note("paths", "has braces, which Filebeat takes as they are; they are escaped, for in the tailer {a,b} means one of both");
  }
}

function convertExcluded(settings: Settings, key: string): readonly string[] {
  const patterns = settings.strings(key);
  const globs = patterns.map((pattern) => filePatternToGlobs(pattern));
  const failed = patterns.filter((_, index) => globs[index] === undefined);
  if (failed.length > 0) {
    settings.error(key, `has what globs cannot say (${failed.join(" , ")}): write inputs[].exclude by hand, or these files are read`);
  }
  return [...new Set(globs.flatMap((some) => some ?? []))];
}

/** `include_files`, which is a filter behind the paths, becomes narrower paths where it is an ending. */
function withIncluded(settings: Settings, { includeFiles }: InputNames, paths: readonly string[]): readonly string[] {
  const patterns = includeFiles === undefined ? [] : settings.strings(includeFiles);
  if (includeFiles === undefined || patterns.length === 0) return paths;
  const endings = patterns.map((pattern) => /^\\?\.([\w-]+)\$$/.exec(pattern)?.[1]);
  if (endings.includes(undefined) || !paths.every((path) => /(^|\/|[^*])\*$/.test(path))) {
    settings.error(includeFiles, "is a filter that the tailer does not have: write paths that match only these files");
    return paths;
  }
  return paths.flatMap((path) => endings.map((ending) => `${path}.${ending}`));
}

function convertCompression(settings: Settings, paths: readonly string[], exclude: readonly string[]): TargetInput["compression"] {
  const value = settings.string("compression");
  settings.note("gzip_experimental", "is not needed: files named .gz are read as what they hold");
  if (value !== undefined && value !== "") {
    const ending = paths.every((path) => path.endsWith(".gz")) ? undefined : "; others, whatever they begin with, as they are";
    settings.note("compression", `became auto: files named .gz are read as what they hold${ending ?? ""}`);
    return "auto";
  }
  if (!exclude.some((glob) => glob.endsWith("gz")) && paths.some((path) => mayMatchEnding(path, ".gz"))) {
    settings.note(
      "paths",
      "may match .gz files, whose bytes Filebeat sends as they are; the tailer reads what they hold (inputs[].compression)",
    );
  }
  return undefined;
}

function convertStart(settings: Settings, names: InputNames): TargetInput["startAt"] {
  const inactive = settings.string("ignore_inactive") ?? "";
  const isAtEnd = settings.boolean(names.startAtEnd) ?? false;
  if (inactive !== "")
    settings.note("ignore_inactive", "became startAt: end, which counts once, when the input is seen for the first time");
  if (isAtEnd) {
    settings.note(
      names.startAtEnd,
      "became startAt: end, which is for the files that are there at the first start; later ones are read whole",
    );
  }
  return isAtEnd || inactive !== "" ? "end" : undefined;
}
