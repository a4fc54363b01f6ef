import { RE2JS } from "re2js";
import { parse as parseYaml } from "yaml";

/** What a text is translated to: any JSON value. */
export type Translations = Readonly<Record<string, unknown>>;

/** Finds the translation of a text; undefined for none. */
export type Table = (text: string) => unknown;

const entriesMax = 1_000_000;
const patternsMax = 5000;

/** A table that is looked up as it is, or whose keys are regular expressions (RE2's) of which the first that is found in the text counts. **Errors**: what is wrong. */
export function createTable(translations: Translations, match: "exact" | "regexp"): Table {
  const entries = Object.entries(translations);
  const max = match === "exact" ? entriesMax : patternsMax;
  if (entries.length > max) throw new Error(`it has ${entries.length} entries, and at most ${max} are possible`);
  if (match === "exact") {
    const map = new Map(entries);
    return (text) => map.get(text);
  }
  const patterns = entries.map(([pattern, value]) => ({ pattern: compile(pattern), value }));
  return (text) => patterns.find(({ pattern }) => pattern.matcher(text).find())?.value;
}

/** The translations in a file, read as its ending says. **Errors**: what is wrong with it. */
export function parseTranslations(bytes: Buffer, path: string): Translations {
  const text = bytes.toString().replace(/^\uFEFF/, "");
  if (/\.csv$/i.test(path)) return parseCsv(text);
  const value: unknown = /\.json$/i.test(path) ? JSON.parse(text) : parseYaml(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("it is no object of texts and their translations");
  return value as Translations;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new Error(`"${pattern}" is no regular expression: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Two columns, as RFC 4180 has them: quotes around what has commas, quotes (doubled) or line ends in it. */
function parseCsv(text: string): Translations {
  const table = Object.create(null) as Record<string, unknown>;
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row: string[] = [];
  let line = 1;
  while (cell.lastIndex < text.length || row.length > 0) {
    const match = cell.exec(text);
    if (match === null) throw new Error(`line ${line} is no CSV: a quote is not closed, or stands in the middle`);
    const [, quoted, bare = "", end] = match;
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    if (row.length === 2) table[row[0] as string] = row[1];
    else if (row.length > 2 || row[0] !== "") throw new Error(`line ${line} has ${row.length} columns, expected two`);
    row = [];
    line += 1;
  }
  return table;
}
