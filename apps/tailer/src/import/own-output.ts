import { resolve } from "node:path";
import { compileGlob, FileTailError } from "@gatelog/file-tail";
import type { ImportNotes } from "./import-notes.ts";
import type { TargetInput, TargetOutput } from "./target.ts";

/** What the tailer writes must not be read by it again, for ever, which Filebeat would do: it is excluded where the paths match it. */
export function excludeOwnOutput(input: TargetInput, { key, file }: { key: string; file: TargetOutput["file"] }, notes: ImportNotes) {
  if (file === undefined || !input.paths.some((glob) => [file.path, `${file.path}.1`].some((path) => isMatch(glob, path)))) return input;
  notes.addGeneral(`${key}.exclude`, "got the file of the output, which the paths match too: what is sent would be read again, for ever");
  const own = file.path.replaceAll(/[*?[\]{}()!+@\\]/g, "\\$&");
  return { ...input, exclude: [...(input.exclude ?? []), own, `${own}.+([0-9])`] };
}

/** Relative paths are from one folder, whichever that is. */
function isMatch(glob: string, path: string): boolean {
  try {
    return compileGlob(resolve("/", glob)).matches(resolve("/", path));
  } catch (error) {
    if (error instanceof FileTailError) return false;
    throw error;
  }
}
