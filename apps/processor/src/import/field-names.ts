/** Names that an event of the processor has itself, so that no field can have them. */
const ownNames: ReadonlySet<string> = new Set(["id", "time", "record"]);

/** What cannot be translated, in one sentence. */
export class NoEquivalent extends Error {
  override readonly name = "NoEquivalent";
}

/** The keys of a field as Logstash writes it: `[a][b]`, or `a`. */
export function keysOf(reference: string): readonly string[] {
  const text = reference.trim();
  return /^(?:\[[^[\]]+\])+$/.test(text) ? text.slice(1, -1).split("][") : [text];
}

/**
 * A field's name here: `a.b`, or `[a][b.c]` for keys with dots. Logstash's `[type]` is `fields.type`, for an event has a type of its own here.
 *
 * **Errors**: NoEquivalent.
 */
export function fieldName(keys: readonly string[]): string {
  const [first = ""] = keys;
  if (keys.some((key) => key === "" || /[[\]]/.test(key))) throw new NoEquivalent(`"${keys.join(" ")}" is no field`);
  if (first.includes("%{"))
    throw new NoEquivalent(`the name of the field "${first}" differs from event to event, which only a script can do`);
  if (ownNames.has(first))
    throw new NoEquivalent(`the field [${first}] has a name that each event has for itself here: choose another one`);
  const named = keys.length === 1 && first === "type" ? ["fields", "type"] : keys;
  return named.some((key) => key.includes(".")) ? named.map((key) => `[${key}]`).join("") : named.join(".");
}

/** A field's name here, from its text. **Errors**: NoEquivalent. */
export function fieldOf(reference: string): string {
  return fieldName(keysOf(reference));
}

/** A text with `%{…}` in it, with our names. **Errors**: NoEquivalent. */
export function templateOf(text: string): string {
  return text.replaceAll(/%\{([^{}]*|\{[^{}]*\})\}/g, (whole, inside: string) => {
    if (inside.startsWith("+") || inside.startsWith("{")) throw new NoEquivalent(`${whole} is a time, which has no equivalent in a text`);
    return `%{${fieldOf(inside)}}`;
  });
}

/** Whether a text has fields or times in it. */
export function isTemplate(text: string): boolean {
  return /%\{[^}]+\}/.test(text);
}
