import type { ImportNotes } from "./import-notes.ts";
import type { Attribute, HashEntry, Plugin, SectionKind, Value } from "./logstash-syntax.ts";

const reference = /\$\{([A-Za-z_][A-Za-z0-9_.]*)(?::([^}]*))?\}/g;

/** The options of a plugin, each asked for by name; what nobody asked for is told of. */
export class Options {
  readonly plugin: Plugin;
  /** `filter grok`. */
  readonly what: string;
  readonly #notes: ImportNotes;
  readonly #asked = new Set<string>();

  constructor(plugin: Plugin, kind: SectionKind | "codec", notes: ImportNotes) {
    this.plugin = plugin;
    this.what = `${kind} ${plugin.name}`;
    this.#notes = notes;
  }

  has(name: string): boolean {
    return this.plugin.attributes.some((attribute) => attribute.name === name);
  }

  /** The first of several names for the same that is there; Logstash renamed many options. */
  first(...names: readonly string[]): string {
    return names.find((name) => this.has(name)) ?? names[0] ?? "";
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (value.kind === "text" || value.kind === "number") return this.#resolved(value.text, name, value);
    if (value.kind === "array" && value.items.length === 1) return this.texts(name)[0];
    this.error(name, "is no text: write it by hand");
    return undefined;
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined || text.includes("${")) return undefined;
    const number = Number(text);
    if (text.trim() !== "" && Number.isFinite(number)) return number;
    this.error(name, `is no number (${text}) and was left out`);
    return undefined;
  }

  boolean(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    return text === undefined || text.includes("${") ? undefined : text === "true" || text === "1";
  }

  /** A list of texts; a single one counts as a list. */
  texts(name: string): readonly string[] {
    return this.#values(name).flatMap((value) => {
      const items = value.kind === "array" ? value.items : [value];
      return items.flatMap((item) => {
        if (item.kind === "text" || item.kind === "number") return [this.#resolved(item.text, name, item)];
        this.error(name, "has something in its list that is no text: write it by hand");
        return [];
      });
    });
  }

  /** The entries of a hash; a list of pairs, as old configurations have it, counts as one. */
  hash(name: string): readonly HashEntry[] {
    return this.#values(name).flatMap((value): readonly HashEntry[] => {
      if (value.kind === "hash") return value.entries;
      if (value.kind === "array") return pairsOf(value.items);
      this.error(name, "is no hash: write it by hand");
      return [];
    });
  }

  /** The entries of a hash, as texts. */
  textHash(name: string): readonly (readonly [key: string, value: string])[] {
    return this.hash(name).flatMap(({ key, value }) => {
      const texts = textsOf(value);
      if (texts.length !== 1) this.error(name, `has no single text for ${key}: write it by hand`);
      return texts.length === 1 ? [[this.#resolved(key, name, value), this.#resolved(texts[0] ?? "", name, value)] as const] : [];
    });
  }

  /** A value as it stands, the first of several of the same name. */
  value(name: string): Value | undefined {
    const [first, ...more] = this.#values(name);
    if (more.length > 0) this.note(name, "stands there several times: the first one was taken");
    return first;
  }

  note(name: string, message: string): void {
    for (const attribute of this.#find(name)) this.#notes.add({ what: `${this.what} ${name}`, place: attribute.place, message });
  }

  error(name: string, message: string): void {
    for (const attribute of this.#find(name).slice(0, 1))
      this.#notes.addError({ what: `${this.what} ${name}`, place: attribute.place, message });
  }

  /** A user and a password; one without the other is no login. */
  login(): { readonly username: string; readonly password: string } | undefined {
    const [username, password] = [this.text("user"), this.text("password")];
    if (username !== undefined && password !== undefined) return { username, password };
    for (const name of ["user", "password"]) this.error(name, "is no login without the other of user and password: write auth by hand");
    return undefined;
  }

  /** Something about the plugin as a whole. */
  noteAll(message: string): void {
    this.#notes.add({ what: this.what, place: this.plugin.place, message });
  }

  errorAll(message: string): void {
    this.#notes.addError({ what: this.what, place: this.plugin.place, message });
  }

  /** Tells of options with a fixed sentence each, where they are there. */
  tell(sentences: Readonly<Record<string, string>>): void {
    for (const [name, message] of Object.entries(sentences)) this.note(name, message);
  }

  /** Tells of what nothing asked for. */
  tellRest(): void {
    for (const { name } of this.plugin.attributes) {
      if (!this.#asked.has(name)) this.note(name, "has no equivalent and was left out: look up what it does, and whether you need it");
    }
  }

  #find(name: string): readonly Attribute[] {
    this.#asked.add(name);
    return this.plugin.attributes.filter((attribute) => attribute.name === name);
  }

  #values(name: string): readonly Value[] {
    return this.#find(name).map(({ value }) => value);
  }

  #resolved(text: string, name: string, { place }: Value): string {
    return text.replaceAll(reference, (whole, variable: string, fallback: string | undefined) => {
      const what = `${this.what} ${name}`;
      if (fallback === undefined) {
        this.#notes.addError({ what, place, message: `the value of ${whole} is not known here: write it where it stands in the YAML` });
        return whole;
      }
      this.#notes.add({ what, place, message: `has the default of \${${variable}}, for its value is not known here` });
      return fallback;
    });
  }
}

/** The texts of a value: of a text, a number, or a list of these. */
export function textsOf(value: Value): readonly string[] {
  if (value.kind === "text" || value.kind === "number") return [value.text];
  return value.kind === "array" ? value.items.flatMap(textsOf) : [];
}

function pairsOf(items: readonly Value[]): readonly HashEntry[] {
  return items.flatMap((item, index) => {
    const value = items[index + 1];
    if (index % 2 === 1 || value === undefined) return [];
    return textsOf(item)
      .slice(0, 1)
      .map((key) => ({ key, value, place: item.place }));
  });
}
