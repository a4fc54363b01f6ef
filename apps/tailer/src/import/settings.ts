import type { ImportNotes } from "./import-notes.ts";
import type { MapSetting, ScalarSetting, Setting } from "./setting-tree.ts";
import { parseBoolean, parseBytes, parseDurationMs, parseInteger } from "./units.ts";

/**
 * A map of a settings file, to be read once. Whatever is read is settled; a value that cannot be used is told of and left out.
 *
 * **Guarantee**: together with `tellUnknown`, each value of the file is read or told of.
 */
export class Settings {
  readonly #map: MapSetting;
  readonly #notes: ImportNotes;

  constructor(map: MapSetting, notes: ImportNotes) {
    this.#map = map;
    this.#notes = notes;
  }

  get key(): string {
    return this.#map.key;
  }

  get line(): number {
    return this.#map.line;
  }

  /** The names of what is in it. */
  names(): readonly string[] {
    return [...this.#map.entries.keys()];
  }

  /** True where the key has a value, even one that is not usable. */
  has(key: string): boolean {
    const setting = this.#find(key);
    return setting !== undefined && !(setting.kind === "scalar" && setting.value === null);
  }

  /** The map under a key; one without entries where there is none. */
  under(key: string): Settings {
    const setting = this.#find(key);
    if (setting?.kind === "map") return new Settings(setting, this.#notes);
    return new Settings({ kind: "map", key: this.#keyOf(key), line: this.line, isSettled: true, entries: new Map() }, this.#notes);
  }

  /** The maps of the list under a key. */
  list(key: string): readonly Settings[] {
    const setting = this.#find(key);
    const items = setting?.kind === "list" ? setting.items : setting?.kind === "map" ? [setting] : [];
    return items.flatMap((item) => (item.kind === "map" ? [new Settings(item, this.#notes)] : []));
  }

  /** An empty one is as good as none. */
  string(key: string): string | undefined {
    const scalar = this.#scalar(key);
    if (scalar !== undefined) this.#tellReferences(scalar);
    return scalar?.text === "" ? undefined : scalar?.text;
  }

  /** A list of strings; a single one stands for itself. */
  strings(key: string): readonly string[] {
    const setting = this.#find(key);
    if (setting?.kind === "map") return [];
    if (setting?.kind !== "list") {
      const single = this.string(key);
      return single === undefined ? [] : [single];
    }
    setting.isSettled = true;
    return setting.items.flatMap((item) => {
      if (item.kind !== "scalar" || item.value === null) return [];
      item.isSettled = true;
      this.#tellReferences(item);
      return item.text === "" ? [] : [item.text];
    });
  }

  boolean(key: string): boolean | undefined {
    return this.#parsed(key, parseBoolean, "true or false");
  }

  integer(key: string): number | undefined {
    return this.#parsed(key, parseInteger, "a whole number");
  }

  durationMs(key: string): number | undefined {
    return this.#parsed(key, parseDurationMs, "a duration such as 5m, of at most ten years");
  }

  bytes(key: string): number | undefined {
    return this.#parsed(key, parseBytes, "a size such as 10MiB");
  }

  /** The value as it is, with all that is in it. */
  value(key: string): unknown {
    const setting = this.#find(key);
    return setting === undefined ? undefined : this.#plain(setting);
  }

  /** Tells of what is under a key, where there is something; all of it is settled by that. */
  note(key: string, message: string): void {
    const setting = this.#find(key);
    if (setting !== undefined) this.#notes.add(setting, message);
  }

  /** Tells what has to be put right by hand, and settles it. */
  error(key: string, message: string): void {
    const setting = this.#find(key);
    if (setting !== undefined) this.#notes.addError(setting, message);
  }

  /** Tells of the whole map. */
  noteAll(message: string): void {
    this.#notes.add(this.#map, message);
  }

  /** Tells that the whole map has to be put right by hand. */
  errorAll(message: string): void {
    this.#notes.addError(this.#map, message);
  }

  #parsed<T>(key: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    const scalar = this.#scalar(key);
    if (scalar === undefined) return undefined;
    if (scalar.unresolved !== undefined) {
      this.#notes.add(scalar, `the value of ${named(scalar.unresolved)} is not known here, so that it was left out: write it by hand`);
      return undefined;
    }
    this.#tellReferences(scalar);
    const value = parse(scalar.text);
    if (value === undefined) this.#notes.add(scalar, `"${scalar.text}" is not ${expected}: it is left out`);
    return value;
  }

  #scalar(key: string): ScalarSetting | undefined {
    const setting = this.#find(key);
    if (setting?.kind !== "scalar") return undefined;
    setting.isSettled = true;
    return setting.value === null ? undefined : setting;
  }

  #plain(setting: Setting): unknown {
    setting.isSettled = true;
    if (setting.kind === "list") return setting.items.map((item) => this.#plain(item));
    if (setting.kind === "map") return Object.fromEntries([...setting.entries].map(([name, inner]) => [name, this.#plain(inner)]));
    this.#tellReferences(setting);
    return setting.value;
  }

  /** A YAML of the tailer has no references: what stands in their place has to be told. */
  #tellReferences(scalar: ScalarSetting): void {
    if (scalar.unresolved !== undefined) {
      this.#notes.addError(scalar, `the value of ${named(scalar.unresolved)} is not known here: write it where it stands in the YAML`);
    } else if (scalar.defaulted !== undefined) {
      const how = "the environment sets a key by GATELOG_TAILER_<KEY>";
      this.#notes.add(scalar, `has the default of ${named(scalar.defaulted)}, for the YAML has no references: ${how}`);
    }
  }

  #find(key: string): Setting | undefined {
    let setting: Setting | undefined = this.#map;
    for (const part of key.split(".")) setting = setting?.kind === "map" ? setting.entries.get(part) : undefined;
    return setting;
  }

  #keyOf(key: string): string {
    return this.key === "" ? key : `${this.key}.${key}`;
  }
}

function named(references: readonly string[]): string {
  return references.map((name) => `\${${name}}`).join(", ");
}
