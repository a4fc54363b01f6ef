import { Document, isMap, isSeq, type Node, type Scalar, visit } from "yaml";
import { describeNote, type ImportNote } from "./import-notes.ts";
import type { Origins, TargetConfig } from "./target.ts";

const commentWidth = 120;
const flowWidth = 100;

/** Everything that the YAML has comments on. */
export interface RenderedNotes {
  readonly files: readonly string[];
  readonly errors: readonly ImportNote[];
  readonly notes: readonly ImportNote[];
  readonly origins: Origins;
}

/** Writes processor.yaml: what has to be done by hand, the settings with where they come from, and what became of the rest. */
export function renderConfig(config: TargetConfig, about: RenderedNotes): string {
  const document = new Document(config, { version: "1.2", aliasDuplicateObjects: false });
  comment(document.contents, config, about.origins);
  makeFlow(document.contents);
  visit(document, { Scalar: (_, scalar) => quoteBackslashes(scalar) });
  document.commentBefore = headOf(about);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function comment(node: unknown, value: unknown, origins: Origins): void {
  if (typeof value !== "object" || value === null) return;
  const origin = origins.get(value);
  if (origin !== undefined && node !== null) (node as Node).commentBefore = ` ${origin}`;
  if (isSeq(node) && Array.isArray(value)) for (const [index, item] of node.items.entries()) comment(item, value[index], origins);
  else if (isMap(node)) for (const pair of node.items) comment(pair.value, (value as Record<string, unknown>)[String(pair.key)], origins);
}

function headOf({ files, errors, notes }: RenderedNotes): string {
  const lines = [`processor.yaml, made of ${files.join(", ")} by the import of gatelog's processor. All keys: docs/reference/config.md`];
  if (errors.length > 0) lines.push("", "To be put right by hand before the first start:", ...errors.map(bullet));
  if (notes.length > 0) lines.push("", "What is different, or was left out:", ...notes.map(bullet));
  return lines
    .flatMap((line) => wrap(line))
    .map((line) => (line === "" ? "" : ` ${line}`))
    .join("\n");
}

function bullet(note: ImportNote): string {
  return `- ${describeNote(note)}`;
}

function wrap(line: string): readonly string[] {
  const indent = line.startsWith("- ") ? "  " : "";
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const next = current === "" ? word : `${current} ${word}`;
    if (next.length > commentWidth && current !== "") {
      lines.push(current);
      current = indent + word;
    } else current = next;
  }
  return [...lines, current];
}

/** What is short, and has no comment in it, is easier to read in one line. */
function makeFlow(node: unknown, isRoot = true): void {
  if (!isMap(node) && !isSeq(node)) return;
  if (!isRoot && JSON.stringify(node.toJSON()).length <= flowWidth && !hasComment(node)) {
    node.flow = true;
    return;
  }
  if (node.items.length === 0) node.flow = true;
  if (isMap(node)) for (const pair of node.items) makeFlow(pair.value, false);
  else for (const item of node.items) makeFlow(item, false);
}

function hasComment(node: unknown): boolean {
  if (isMap(node)) return node.items.some((pair) => isCommented(pair.value) || hasComment(pair.value));
  return isSeq(node) && node.items.some((item) => isCommented(item) || hasComment(item));
}

function isCommented(node: unknown): boolean {
  return (isMap(node) || isSeq(node)) && node.commentBefore !== undefined && node.commentBefore !== null;
}

/** In single quotes an expression stands as it is. */
function quoteBackslashes(scalar: Scalar): void {
  if (typeof scalar.value === "string" && /[\\"]/.test(scalar.value) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(scalar.value)) {
    scalar.type = "QUOTE_SINGLE";
  }
}
