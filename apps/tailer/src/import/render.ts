import { Document, isMap, isSeq, type Node, type Scalar, visit } from "yaml";
import type { ImportNote } from "./import-notes.ts";
import type { TargetConfig } from "./target.ts";

/** Everything that the YAML has comments on. */
export interface RenderedNotes {
  readonly file: string;
  /** For each input, where it comes from. */
  readonly origins: readonly string[];
  readonly errors: readonly ImportNote[];
  readonly notes: readonly ImportNote[];
}

/** The order of the keys in the YAML, as the tailer's own README has it. */
const order: readonly (keyof TargetConfig)[] = [
  "name",
  "inputs",
  "registryDir",
  "output",
  "batch",
  "limits",
  "scan",
  "close",
  "cleanRemovedMs",
  "registryFlushMs",
  "retry",
  "admin",
  "shutdownDeadlineMs",
  "logLevel",
];

const commentWidth = 120;

/** Writes tailer.yaml: what has to be done by hand, the settings, and what became of the rest. */
export function renderConfig(config: TargetConfig, about: RenderedNotes): string {
  const document = new Document(withoutUndefined(Object.fromEntries(order.map((key) => [key, config[key]]))), { version: "1.2" });
  const inputs = document.get("inputs");
  if (isSeq(inputs)) {
    for (const [index, item] of inputs.items.entries()) (item as Node).commentBefore = ` ${about.origins[index] ?? ""}`;
  }
  flowScalarLists(document.contents);
  visit(document, { Scalar: (_, scalar) => quoteBackslashes(scalar) });
  document.commentBefore = headOf(about);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function headOf({ file, errors, notes }: RenderedNotes): string {
  const lines = [`tailer.yaml, made of ${file} by the import of gatelog's tailer. All keys: docs/reference/config.md`];
  if (errors.length > 0) lines.push("", "To be put right by hand before the first start:", ...errors.map(bullet));
  if (notes.length > 0) lines.push("", "What is different, or was left out:", ...notes.map(bullet));
  return lines
    .flatMap((line) => wrap(line))
    .map((line) => (line === "" ? "" : ` ${line}`))
    .join("\n");
}

function bullet({ key, line, message }: ImportNote): string {
  return `- ${key}${line === undefined ? "" : ` (line ${line})`} ${message}`.replaceAll(/\s+/g, " ");
}

function wrap(line: string): readonly string[] {
  const lines: string[] = [];
  const indent = line.startsWith("- ") ? "  " : "";
  let current = "";
  for (const word of line.split(" ")) {
    const next = current === "" ? `${lines.length > 0 ? indent : ""}${word}` : `${current} ${word}`;
    if (next.length > commentWidth && current !== "") {
      lines.push(current);
      current = indent + word;
    } else current = next;
  }
  return [...lines, current];
}

/** Lists of words are easier to read in one line. */
function flowScalarLists(node: unknown): void {
  if (isMap(node)) {
    for (const pair of node.items) flowScalarLists(pair.value);
    if (node.items.length === 0) node.flow = true;
  } else if (isSeq(node)) {
    const text = node.items.map((item) => String(item)).join(", ");
    if (node.items.every((item) => !isMap(item) && !isSeq(item)) && text.length <= 80) node.flow = true;
    else for (const item of node.items) flowScalarLists(item);
  }
}

/** In single quotes an expression stands as it is. */
function quoteBackslashes(scalar: Scalar): void {
  if (typeof scalar.value === "string" && /[\\"]/.test(scalar.value) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(scalar.value)) {
    scalar.type = "QUOTE_SINGLE";
  }
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutUndefined(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, withoutUndefined(inner)]),
  );
}
