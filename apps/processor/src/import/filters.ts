import { type Condition, convertCondition, NoCondition } from "./convert-condition.ts";
import { NoEquivalent } from "./field-names.ts";
import type { ImportNotes } from "./import-notes.ts";
import type { Branch, BranchArm, Plugin, SectionKind, Statement } from "./logstash-syntax.ts";
import { convertCommon, convertMutate } from "./mutate.ts";
import { Options } from "./options.ts";
import { pluginFilters, untranslatedFilters } from "./plugin-filters.ts";
import { failureTagOf } from "./tags.ts";
import type { Entry, Origins } from "./target.ts";

const changesNothing: ReadonlySet<string> = new Set(["mutate", "drop"]);

/** Translates the filters, and the conditions around them. */
export class FilterConverter {
  readonly #notes: ImportNotes;
  readonly #origins: Origins;
  /** Tags that filters before this one leave where they fail. */
  #failureTags: ReadonlySet<string> = new Set();

  constructor(notes: ImportNotes, origins: Origins) {
    this.#notes = notes;
    this.#origins = origins;
  }

  convert(statements: readonly Statement[]): readonly Entry[] {
    return statements.flatMap((statement) => (statement.kind === "branch" ? this.#branch(statement, 0) : this.#plugin(statement)));
  }

  /** Each `else if` stands in the `else` before it. */
  #branch(branch: Branch, at: number): readonly Entry[] {
    const arm = branch.arms[at];
    if (arm === undefined) return [];
    if (arm.condition === undefined) return this.convert(arm.body);
    const when = convertArm(branch, at, "filter", this.#notes);
    if (when === undefined) return [];
    const before = this.#failureTags;
    const matched = this.convert(arm.body);
    const ofMatched = this.#failureTags;
    // An event goes through one arm alone.
    this.#failureTags = before;
    const otherwise = this.#branch(branch, at + 1);
    this.#failureTags = new Set([...ofMatched, ...this.#failureTags]);
    if (matched.length === 0 && otherwise.length === 0) return [];
    const entry = { when, do: matched, else: otherwise.length === 0 ? undefined : otherwise };
    this.#origins.set(entry, `if, ${arm.place.file}:${arm.place.line}`);
    return [entry];
  }

  #plugin(plugin: Plugin): readonly Entry[] {
    const options = new Options(plugin, "filter", this.#notes);
    const convert = plugin.name === "mutate" ? convertMutate : pluginFilters[plugin.name];
    if (convert === undefined) {
      options.errorAll(`${untranslatedFilters[plugin.name] ?? "is not known here: write it as a script"}; it was left out`);
      return [];
    }
    try {
      const entries = [...named(convert(options), options), ...this.#onSuccess(options)];
      tellCommon(options);
      const [first] = entries;
      if (first !== undefined) this.#origins.set(first, `${options.what}, ${plugin.place.file}:${plugin.place.line}`);
      return entries;
    } catch (error) {
      if (!(error instanceof NoEquivalent)) throw error;
      options.errorAll(`${error.message}: it was left out`);
      return [];
    }
  }

  /** What a filter adds where it succeeded. */
  #onSuccess(options: Options): readonly Entry[] {
    if (options.plugin.name === "cidr") return [];
    const entries = convertCommon(options);
    if (changesNothing.has(options.plugin.name)) return entries;
    const tags = failureTagsOf(options);
    const before = this.#failureTags;
    this.#failureTags = new Set([...before, ...tags]);
    if (entries.length === 0) return entries;
    const [contains] = tags;
    if (contains !== undefined && before.has(contains))
      options.noteAll(
        `adds nothing to an event with the tag ${contains}, which a filter before it may have left, too: then ${ownTagged.has(options.plugin.name) ? "give each a tag_on_failure of its own" : "write the condition by hand"}`,
      );
    if (contains !== undefined) return [{ when: { not: { field: "tags", contains } }, do: entries }];
    options.error("tag_on_failure", "is empty, so that nothing tells where the filter failed: what it adds is added to every event");
    return entries;
  }
}

/** Filters that give the tags that `tag_on_failure` names. */
const ownTagged: ReadonlySet<string> = new Set(["grok", "geoip"]);

function failureTagsOf(options: Options): readonly string[] {
  const { name } = options.plugin;
  return ownTagged.has(name) && options.has("tag_on_failure") ? options.texts("tag_on_failure") : [failureTagOf(name)];
}

/** The filter's `id` as its name; a filter of several entries has it once. */
function named(entries: readonly Entry[], options: Options): readonly Entry[] {
  const id = options.text("id");
  const [first, ...more] = entries;
  if (first === undefined) options.note("id", "names a filter that does nothing");
  if (id === undefined || first === undefined) return entries;
  if (/^[A-Za-z][\w-]{0,63}$/.test(id)) return [{ ...first, as: id }, ...more];
  const name = id
    .replaceAll(/[^\w-]/g, "-")
    .replace(/^[^A-Za-z]+/, "")
    .slice(0, 64);
  options.note("id", `became ${name === "" ? "nothing" : name}, for a name here is made of letters, digits, - and _`);
  return name === "" ? entries : [{ ...first, as: name }, ...more];
}

function tellCommon(options: Options): void {
  const { name } = options.plugin;
  if (!ownTagged.has(name))
    options.note("tag_on_failure", `has no equivalent: an event on which this filter failed has the tag ${failureTagOf(name)}`);
  options.tell({
    enable_metric: "is not needed: each filter is counted",
    periodic_flush: "has no equivalent",
    ecs_compatibility: "has no equivalent: fields have the names that the patterns give",
  });
  options.tellRest();
}

/**
 * The condition of an arm. Where it has no equivalent, all that stands behind it, and in the arms after it, is told of as left out.
 */
export function convertArm(branch: Branch, at: number, kind: SectionKind, notes: ImportNotes): Condition | undefined {
  const arm = branch.arms[at];
  try {
    if (arm?.condition !== undefined) return convertCondition(arm.condition);
  } catch (error) {
    if (!(error instanceof NoCondition)) throw error;
    notes.addError({ what: `${kind} if`, place: error.place, message: `${error.message}; what stands behind it was left out` });
    for (const plugin of branch.arms.slice(at).flatMap(pluginsOf))
      notes.addError({
        what: `${kind} ${plugin.name}`,
        place: plugin.place,
        message: "stands behind a condition without an equivalent, and was left out",
      });
  }
  return undefined;
}

function pluginsOf({ body }: BranchArm): readonly Plugin[] {
  return body.flatMap((statement) => (statement.kind === "plugin" ? [statement] : statement.arms.flatMap(pluginsOf)));
}
