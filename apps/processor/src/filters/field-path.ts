import type { WorkEvent } from "../work-event.ts";

/** Parts of an event that have a name of their own; everything else is a field. */
const ownNames = ["id", "time", "type", "message", "record"] as const;
type OwnName = (typeof ownNames)[number];
const fixedNames: ReadonlySet<string> = new Set(["id", "time", "type"]);

/** A place in an event, read from its text once. */
export class FieldPath {
  /** As it was written. */
  readonly text: string;
  readonly #own: OwnName | undefined;
  /** Keys below the event's fields, or below the record. */
  readonly #keys: readonly string[];

  private constructor(text: string, keys: readonly string[]) {
    const [first = ""] = keys;
    this.text = text;
    this.#own = ownNames.find((name) => name === first);
    this.#keys = this.#own === undefined ? keys : keys.slice(1);
  }

  /**
   * Reads a path such as `http.response.status`, or, for keys with dots in them and as Logstash writes it, `[http][a.b]`. Keys of digits are places in
   * lists.
   *
   * **Errors**: what is wrong with it, as a sentence.
   */
  static parse(text: string): FieldPath | string {
    const keys = text.startsWith("[") ? bracketed(text) : text.split(".");
    if (keys === undefined || keys.length === 0 || keys.includes("")) return `"${text}" is no field: write a.b.c, or [a][b.c]`;
    if (keys.includes("__proto__")) return `"${text}" is no field: __proto__ is not allowed`;
    return new FieldPath(text, keys);
  }

  /** Whether it is the event's line. */
  get isMessage(): boolean {
    return this.#own === "message";
  }

  /** Whether filters may not change it: id, time and type are fixed once. */
  get isFixed(): boolean {
    return this.#own !== undefined && (fixedNames.has(this.#own) || (this.#keys.length === 0 && this.#own === "record"));
  }

  /** What stands there; undefined where nothing does. */
  get(event: WorkEvent): unknown {
    let value: unknown;
    if (this.#own === undefined) value = event.root;
    else if (this.#own === "record") value = event.record;
    else value = event[this.#own];
    for (const key of this.#keys) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return value;
  }

  /** Puts a value there, and makes the objects around it; what stood in their way is replaced. */
  set(event: WorkEvent, value: unknown): void {
    if (this.#own === "message") event.message = textOf(value);
    else if (this.#own === undefined) setIn(event.root, this.#keys, value);
    else if (this.#own === "record" && event.record !== undefined) setIn(event.record, this.#keys, value);
  }

  /** Takes away what stands there; the message becomes empty. */
  remove(event: WorkEvent): void {
    if (this.#own === "message") return void (event.message = "");
    const root = this.#own === "record" ? event.record : event.root;
    if (root !== undefined && this.#keys.length > 0) removeIn(root, this.#keys);
  }
}

/** What a value is as text: strings as they are, everything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Sets a key that comes from data, whatever it is called. */
export function assignField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function bracketed(text: string): string[] | undefined {
  return /^(?:\[[^[\]]+\])+$/.test(text) ? text.slice(1, -1).split("][") : undefined;
}

function setIn(root: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  let target = root;
  for (const key of keys.slice(0, -1)) {
    const next = Object.hasOwn(target, key) ? target[key] : undefined;
    if (typeof next === "object" && next !== null) target = next as Record<string, unknown>;
    else target = target[key] = {} as Record<string, unknown>;
  }
  const last = keys.at(-1);
  if (last !== undefined) target[last] = value;
}

function removeIn(root: Record<string, unknown>, keys: readonly string[]): void {
  let target: unknown = root;
  for (const key of keys.slice(0, -1)) {
    if (typeof target !== "object" || target === null || !Object.hasOwn(target, key)) return;
    target = (target as Record<string, unknown>)[key];
  }
  const last = keys.at(-1);
  if (typeof target !== "object" || target === null || last === undefined) return;
  if (Array.isArray(target)) target.splice(Number(last), 1);
  else delete (target as Record<string, unknown>)[last];
}
