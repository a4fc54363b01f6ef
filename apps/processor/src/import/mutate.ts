import { fieldOf, NoEquivalent, templateOf } from "./field-names.ts";
import { type Options, textsOf } from "./options.ts";
import type { Entry } from "./target.ts";
import { targetFilters as target } from "./target-filters.ts";

type Step = (options: Options, name: string) => readonly Entry[];

const fieldsOf = (options: Options, name: string) => options.texts(name).map((text) => fieldOf(text));

const mapped = (options: Options, name: string, value: (text: string) => string) =>
  Object.fromEntries(options.textHash(name).map(([key, text]) => [fieldOf(key), value(text)]));

const types: Readonly<Record<string, string>> = { integer_eu: "integer", float_eu: "float" };

/** What `mutate` can do, in the order in which Logstash does it, whatever the order in the file is. */
const steps: Readonly<Record<string, Step>> = {
  coerce: (options, name) => [target.setMissing(mapped(options, name, templateOf))],
  rename: (options, name) => [target.rename(mapped(options, name, fieldOf))],
  update: (options, name) =>
    options
      .textHash(name)
      .map(([key, text]) =>
        Object.assign(target.set({ [fieldOf(key)]: templateOf(text) }), { when: { field: fieldOf(key), exists: true } }),
      ),
  replace: (options, name) => [target.set(mapped(options, name, templateOf))],
  convert: (options, name) => {
    const european = options.textHash(name).filter(([, type]) => type in types);
    if (european.length > 0) options.error(name, "integer_eu and float_eu are not there: 1.234,5 has to become 1234.5 by gsub first");
    return [target.convert(mapped(options, name, (type) => types[type] ?? type))];
  },
  gsub: (options, name) => {
    const texts = options.texts(name);
    return texts.flatMap((field, index) =>
      index % 3 === 0 && texts[index + 2] !== undefined
        ? [target.gsub(fieldOf(field), scriptPattern(texts[index + 1] ?? ""), replacementOf(texts[index + 2] ?? ""))]
        : [],
    );
  },
  uppercase: (options, name) => [target.uppercase(fieldsOf(options, name))],
  capitalize: (options, name) => {
    options.error(name, "has no equivalent: a script can do it");
    return [];
  },
  lowercase: (options, name) => [target.lowercase(fieldsOf(options, name))],
  strip: (options, name) => [target.trim(fieldsOf(options, name))],
  split: (options, name) => options.textHash(name).map(([key, separator]) => target.split(fieldOf(key), separator)),
  join: (options, name) => options.textHash(name).map(([key, separator]) => target.join(fieldOf(key), separator)),
  merge: (options, name) =>
    options.hash(name).flatMap(({ key, value }) => textsOf(value).map((source) => target.merge({ [fieldOf(key)]: fieldOf(source) }))),
  copy: (options, name) => [target.copy(mapped(options, name, fieldOf))],
};

/** A regular expression of Ruby's as JavaScript has it. */
function scriptPattern(source: string): string {
  return source.replaceAll(/\\([\s\S])/g, (whole, escaped: string) => ({ A: "^", z: "$", Z: "$", h: "[0-9a-fA-F]" })[escaped] ?? whole);
}

/** Groups of an expression: `\1` in Ruby. */
function replacementOf(text: string): string {
  return text.replaceAll(/\\(\d)/g, "$$$1");
}

/** `mutate`, and `alter`, as filters in Logstash's own order. */
export function convertMutate(options: Options): readonly Entry[] {
  options.note("tag_on_failure", "has no equivalent: each filter has its own tag");
  return runSteps(steps, options);
}

/** The options that every filter has, for an event on which it succeeded, in Logstash's order. */
export function convertCommon(options: Options): readonly Entry[] {
  const common: Readonly<Record<string, Step>> = {
    add_field: (_, name) => {
      const fields = Object.fromEntries(
        options.hash(name).map(({ key, value }) => [fieldOf(key), listOrText(textsOf(value).map(templateOf))]),
      );
      options.note(name, "replaces a field that is there already, of which Logstash makes a list");
      return Object.keys(fields).length === 0 ? [] : [target.set(fields)];
    },
    remove_field: (_, name) => [target.remove(fieldsOf(options, name))],
    add_tag: (_, name) => [target.addTag(options.texts(name).map(templateOf))],
    remove_tag: (_, name) => [target.removeTag(options.texts(name))],
  };
  return runSteps(common, options);
}

/** What of the steps is asked for, in their order; one without an equivalent is told and left out. */
function runSteps(all: Readonly<Record<string, Step>>, options: Options): readonly Entry[] {
  return Object.entries(all).flatMap(([name, step]) => {
    if (!options.has(name)) return [];
    try {
      return step(options, name);
    } catch (error) {
      if (!(error instanceof NoEquivalent)) throw error;
      options.error(name, `${error.message}: it was left out`);
      return [];
    }
  });
}

function listOrText(texts: readonly string[]): unknown {
  return texts.length === 1 ? texts[0] : texts;
}
