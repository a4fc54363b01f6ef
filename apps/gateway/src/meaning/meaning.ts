import type { CallView } from "./call-view.ts";
import type { Findings, Slot } from "./findings.ts";
import { bizKeysMax, charsMax } from "./limits.ts";
import type { Labels, Rules, Selector } from "./rules-schema.ts";
import { Selectors, type SlotOptions } from "./selectors.ts";
import { compileSuccess } from "./success-rule.ts";

/** What a call means to the business, as fields of the record; absent where nothing was found. */
export interface Meaning {
  readonly success: boolean;
  readonly bizCode?: string;
  readonly bizMessage?: string;
  readonly bizKeys?: string[];
  readonly operation?: string;
  /** The route's labels and those of the call; shared between calls where none is of the call. */
  readonly labels?: Labels;
}

/** The rules of a route, ready for use. */
export interface MeaningReader {
  /** False: the rules need no text of the request's body. */
  readonly readsRequestBody: boolean;
  readonly readsResponseBody: boolean;
  /** **Guarantee**: never throws, linear in the bodies, whatever they are. */
  read(view: CallView): Meaning;
}

type Fields = { -readonly [Field in keyof Meaning]: Meaning[Field] };
/** Adds what it finds to the record's fields. */
type Assign = (fields: Fields, findings: Findings) => void;

/**
 * Compiles rules that checkRules found nothing wrong with.
 *
 * @param labels the route's own, precomputed
 * @returns undefined where there are no rules, so that a route without any costs nothing
 */
export function compileMeaning(rules: Rules, labels: Labels | undefined): MeaningReader | undefined {
  if (Object.keys(rules).length === 0) return undefined;
  const selectors = new Selectors();
  const holds = rules.success === undefined ? undefined : compileSuccess(rules.success, selectors);
  const assigns = [
    ...compileTexts(rules, selectors),
    compileKeys(rules.bizKeys ?? [], selectors),
    compileLabels(rules.labels ?? {}, labels, selectors),
  ];
  const compiled = selectors.compile();
  return {
    readsRequestBody: compiled.readsRequestBody,
    readsResponseBody: compiled.readsResponseBody,
    read: (view) => {
      const findings = compiled.read(view);
      const fields: Fields = { success: !view.isFailed && (holds === undefined || holds(view, findings)) };
      for (const assign of assigns) assign(fields, findings);
      return fields;
    },
  };
}

function compileTexts(rules: Rules, selectors: Selectors): Assign[] {
  const texts = [
    ["bizCode", rules.bizCode, "response"],
    ["bizMessage", rules.bizMessage, "response"],
    ["operation", rules.operation, "request"],
  ] as const;
  return texts.flatMap(([field, selector, side]) => {
    if (selector === undefined) return [];
    const slot = addText(selectors, selector, { side, charsMax: charsMax[field] });
    return [
      (fields: Fields, findings: Findings) => {
        const value = findings.first(slot);
        if (value !== undefined) fields[field] = value;
      },
    ];
  });
}

function addText(selectors: Selectors, selector: Selector, options: { side: "request" | "response"; charsMax: number }): Slot {
  const single: SlotOptions = { takes: "value", valuesMax: 1, charsMax: options.charsMax, takesEmpty: false };
  if (selector.soap !== true) return selectors.add(selector, selector.of ?? options.side, single);
  // The header's action fills the slot before the body is looked at.
  return selectors.add({ soap: true, xml: "/Envelope/Body/*" }, "request", { ...single, takes: "name" });
}

/** Each selector's values, of both bodies where it does not say of which one. */
function compileKeys(keys: readonly Selector[], selectors: Selectors): Assign {
  const options: SlotOptions = { takes: "value", valuesMax: bizKeysMax, charsMax: charsMax.bizKey, takesEmpty: false };
  const slots = keys.flatMap((selector) => sidesOf(selector).map((side) => selectors.add(selector, side, options)));
  return (fields, findings) => {
    const found: string[] = [];
    for (const slot of slots)
      for (const value of findings.all(slot)) if (found.length < bizKeysMax && !found.includes(value)) found.push(value);
    if (found.length > 0) fields.bizKeys = found;
  };
}

function sidesOf(selector: Selector): readonly ("request" | "response")[] {
  if (selector.of !== undefined) return [selector.of];
  return selector.query === undefined && selector.header === undefined ? ["request", "response"] : ["request"];
}

function compileLabels(selected: Readonly<Record<string, Selector>>, labels: Labels | undefined, selectors: Selectors): Assign {
  const slots = Object.entries(selected).map(
    ([name, selector]) => [name, addText(selectors, selector, { side: "response", charsMax: charsMax.label })] as const,
  );
  return (fields, findings) => {
    const found = slots.flatMap(([name, slot]) => {
      const value = findings.first(slot);
      return value === undefined ? [] : [[name, value] as const];
    });
    if (found.length > 0) fields.labels = { ...labels, ...Object.fromEntries(found) };
    else if (labels !== undefined) fields.labels = labels;
  };
}
