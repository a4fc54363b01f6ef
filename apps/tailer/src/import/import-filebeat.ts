import { StartError } from "@gatelog/service-kit";
import { agree } from "./agreement.ts";
import { readFixedFields } from "./event-fields.ts";
import { convertGlobals } from "./globals.ts";
import { type ImportNote, ImportNotes } from "./import-notes.ts";
import { convertInputs } from "./inputs.ts";
import { convertOutput } from "./outputs.ts";
import { resolveReferences } from "./references.ts";
import { renderConfig } from "./render.ts";
import { type MapSetting, readSettingTree, type Setting } from "./setting-tree.ts";
import { Settings } from "./settings.ts";
import { mergeShared } from "./shared-settings.ts";
import type { TargetConfig } from "./target.ts";

export type { ImportNote } from "./import-notes.ts";

/** What an import is given beside the text. */
export interface ImportOptions {
  /** Name of the file, for messages. */
  readonly file: string;
  /** Values of `${NAME}`. Default: none are known, so that defaults of the file count and the rest is told of. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What became of a filebeat.yml. */
export interface ImportResult {
  /** tailer.yaml, with comments. It is always valid, though it may name a receiver that is not there: see `errors`. */
  readonly yaml: string;
  /** What has no equivalent, or means something else, in the order of the file. */
  readonly notes: readonly ImportNote[];
  /** What has to be put right by hand before the first start. */
  readonly errors: readonly ImportNote[];
}

/**
 * Makes tailer.yaml of a filebeat.yml of Filebeat 5 to 9, or of a file of inputs (`inputs.d`).
 *
 * **Guarantee**: every setting is either converted or named in `notes` or `errors`.
 * **Errors**: StartError with one sentence, where the text is no YAML or no filebeat.yml.
 */
export function importFilebeat(text: string, { file, environment = {} }: ImportOptions): ImportResult {
  const tree = asFilebeat(resolveReferences(readSettingTree(text, file), environment), file);
  const notes = new ImportNotes();
  const root = new Settings(tree, notes);
  const common = readFixedFields(root);
  const inputs = convertInputs([...root.list("filebeat.inputs"), ...root.list("filebeat.prospectors")], common);
  const targets = inputs.map(({ target }) => target);
  const globals = convertGlobals(root);
  const output = convertOutput(root, targets, notes);
  const shared = mergeShared(inputs.map((input) => input.shared));
  if (targets.length === 0) notes.addGeneralError("filebeat.inputs", "has no input that can be converted: write inputs[].paths");
  notes.tellUnknown(tree);
  const given: TargetConfig = {
    ...globals,
    ...shared,
    ...output,
    batch: globals.batch === undefined && output.batch === undefined ? undefined : { ...globals.batch, ...output.batch },
    inputs: targets.length === 0 ? [{ id: "change-me", paths: ["/var/log/change-me/*.log"] }] : targets,
  };
  const config = agree(given, notes);
  const result = { notes: notes.notes(), errors: notes.errors() };
  return { yaml: renderConfig(config, { file, origins: inputs.map(({ origin }) => origin), ...result }), ...result };
}

const topLevelKeys = ["filebeat", "output"];

/** The root as a filebeat.yml has it; a list of inputs, as `filebeat.config.inputs` names them, becomes one. */
function asFilebeat(tree: Setting, file: string): MapSetting {
  if (tree.kind === "list" && tree.items.length > 0 && tree.items.every((item) => item.kind === "map" && isInput(item))) {
    const inputs = { ...tree, key: "filebeat.inputs" };
    const filebeat: MapSetting = { kind: "map", key: "filebeat", line: 1, isSettled: false, entries: new Map([["inputs", inputs]]) };
    return { kind: "map", key: "", line: 1, isSettled: false, entries: new Map([["filebeat", filebeat]]) };
  }
  if (tree.kind === "map" && topLevelKeys.some((key) => tree.entries.get(key)?.kind === "map")) return tree;
  if (tree.kind === "map" && tree.entries.has("apiVersion") && tree.entries.has("kind")) {
    throw new StartError(`${file} is a manifest of Kubernetes: write what stands under data → filebeat.yml to a file and import that`);
  }
  throw new StartError(`${file} is no filebeat.yml: it has neither filebeat.inputs (filebeat.prospectors) nor an output`);
}

function isInput(item: MapSetting): boolean {
  return ["type", "input_type", "paths"].some((key) => item.entries.has(key));
}
