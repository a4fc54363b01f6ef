import { StartError } from "@gatelog/service-kit";
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";

/** A value of a YAML file, with where it stands. Dotted keys are taken apart, as Filebeat does. */
export type Setting = MapSetting | ListSetting | ScalarSetting;

interface Place {
  /** As Filebeat's documentation writes it: `filebeat.inputs[0].multiline.pattern`. */
  readonly key: string;
  readonly line: number;
  /** Whether it became something, or was told of; what remains false at the end is told of as unknown. */
  isSettled: boolean;
}

export interface MapSetting extends Place {
  readonly kind: "map";
  readonly entries: Map<string, Setting>;
}

export interface ListSetting extends Place {
  readonly kind: "list";
  readonly items: Setting[];
}

export interface ScalarSetting extends Place {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As it is written, without quotes: `0.10` is not the number 0.1. */
  readonly text: string;
  /** Names in `${…}` whose value is not known. */
  readonly unresolved?: readonly string[];
  /** Names in `${…:default}` for which the default was taken. */
  readonly defaulted?: readonly string[];
}

/** Deeper or larger than any configuration; aliases could otherwise grow without end. */
const depthMax = 64;
const settingsMax = 100_000;

/**
 * Reads a YAML text.
 *
 * **Errors**: StartError with one sentence that names the file, where it is no YAML, or beyond any bound.
 */
export function readSettingTree(text: string, file: string): Setting {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: false, logLevel: "silent" });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line;
    const what = problem.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
    throw new StartError(`${file}${line === undefined ? "" : `:${line}`} is no YAML: ${what}; correct it and try again`);
  }
  let count = 0;
  const place = (node: Node | null | undefined, key: string) => {
    count += 1;
    if (count > settingsMax) throw new StartError(`${file} holds more than ${settingsMax} settings: import a smaller file`);
    return { key, line: node?.range ? lines.linePos(node.range[0]).line : 1, isSettled: false };
  };
  const visit = (given: unknown, key: string, depth: number): Setting => {
    const node = (isAlias(given) ? given.resolve(document) : given) as Node | null | undefined;
    if (depth > depthMax) throw new StartError(`${file}: ${key} is nested deeper than ${depthMax} levels: flatten it`);
    if (isMap(node)) return visitMap(node, key, depth);
    if (isSeq(node)) {
      return { kind: "list", ...place(node, key), items: node.items.map((item, index) => visit(item, `${key}[${index}]`, depth + 1)) };
    }
    if (!isScalar(node)) return { kind: "scalar", ...place(node, key), value: null, text: "" };
    return { kind: "scalar", ...place(node, key), value: plainValue(node.value), text: node.source ?? String(plainValue(node.value)) };
  };
  const visitMap = (node: YAMLMap, key: string, depth: number): MapSetting => {
    const map: MapSetting = { kind: "map", ...place(node, key), entries: new Map() };
    for (const pair of node.items) {
      const name = String(isScalar(pair.key) ? (pair.key.source ?? pair.key.value) : pair.key);
      if (name === "<<") mergeInto(map, visit(pair.value, key, depth + 1));
      else {
        const line = (isScalar(pair.key) && pair.key.range ? lines.linePos(pair.key.range[0]).line : undefined) ?? map.line;
        const path = key === "" ? name : `${key}.${name}`;
        insert(map, name.split("."), { ...visit(pair.value, path, depth + 1), line });
      }
    }
    return map;
  };
  return visit(document.contents, "", 0);
}

/** Sets a value under a dotted key; maps with the same key become one, of other values the last counts. */
function insert(map: MapSetting, [name = "", ...rest]: readonly string[], setting: Setting): void {
  const present = map.entries.get(name);
  if (rest.length > 0) {
    const key = map.key === "" ? name : `${map.key}.${name}`;
    const inner: MapSetting =
      present?.kind === "map" ? present : { kind: "map", key, line: setting.line, isSettled: false, entries: new Map() };
    map.entries.set(name, inner);
    insert(inner, rest, setting);
  } else if (present?.kind === "map" && setting.kind === "map") {
    for (const [innerName, inner] of setting.entries) insert(present, [innerName], inner);
  } else if (!(present !== undefined && setting.kind === "scalar" && setting.value === null)) {
    map.entries.set(name, setting);
  }
}

/** What `<<` brings never replaces what stands there. */
function mergeInto(map: MapSetting, merged: Setting): void {
  const sources = merged.kind === "list" ? merged.items : [merged];
  for (const source of sources) {
    if (source.kind !== "map") continue;
    for (const [name, setting] of source.entries) if (!map.entries.has(name)) insert(map, [name], setting);
  }
}

function plainValue(value: unknown): string | number | boolean | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
