import { normalise } from "./key-names.ts";
import { ruleTargets, type MaskerOptions, type MaskingRule } from "./options.ts";
import { parseJsonPath, parseXmlPath } from "./parse-path.ts";
import { compilePattern, patternFlags } from "./patterns.ts";
import { parseUrlPath } from "./url-paths.ts";

/** What is wrong with the options, and where: keys and indexes from the options down. */
export interface MaskingProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Shortest key of mode `hash`: shorter ones can be guessed. */
export const hashKeyCharsMin = 16;

const nameTargets = ["headers", "query", "form", "keys"] as const;

/** What is wrong with the options, one sentence each; an empty list: nothing. */
export function checkMasking(options: MaskerOptions): readonly MaskingProblem[] {
  const rules = options.rules ?? [];
  return [
    ...checkHashKey(options, rules),
    ...checkNames(["keys"], options.keys),
    ...checkNames(["headers"], options.headers),
    ...rules.flatMap((rule, index) => checkRule(rule, ["rules", index])),
  ];
}

function checkHashKey({ mode, hashKey = "" }: MaskerOptions, rules: readonly MaskingRule[]): readonly MaskingProblem[] {
  const isUsed = mode === "hash" || rules.some((rule) => rule.mode === "hash");
  if (!isUsed || hashKey.length >= hashKeyCharsMin) return [];
  const found = hashKey === "" ? "none" : `one of ${hashKey.length}`;
  return [{ path: ["hashKey"], message: `mode hash needs a key of at least ${hashKeyCharsMin} characters, found ${found}` }];
}

function checkNames(path: MaskingProblem["path"], names: readonly string[] = []): readonly MaskingProblem[] {
  return names.flatMap((name, index) =>
    normalise(name) === "" ? [{ path: [...path, index], message: `expected a name with a letter or digit in it, found "${name}"` }] : [],
  );
}

function checkRule(rule: MaskingRule, path: MaskingProblem["path"]): readonly MaskingProblem[] {
  const targets = ruleTargets.filter((target) => rule[target] !== undefined);
  if (targets.length !== 1) {
    const found = targets.length === 0 ? "none" : targets.join(" and ");
    return [{ path, message: `expected exactly one of ${ruleTargets.join(", ")}, found ${found}` }];
  }
  return [
    ...nameTargets.flatMap((target) => checkNames([...path, target], rule[target])),
    ...checkPaths([...path, "json"], rule.json, parseJsonPath, "a JSON path of names, [n], [*] and .. such as $.user.cards[*].no"),
    ...checkPaths([...path, "xml"], rule.xml, parseXmlPath, "an XML path of names such as /Envelope/Body/CardNo, //CardNo or //Card/@no"),
    ...checkUrlPath([...path, "path"], rule.path),
    ...checkPattern(path, rule),
  ];
}

function checkPaths(
  path: MaskingProblem["path"],
  values: readonly string[] = [],
  parse: (value: string) => unknown,
  expected: string,
): readonly MaskingProblem[] {
  return values.flatMap((value, index) =>
    parse(value) === undefined ? [{ path: [...path, index], message: `expected ${expected}, found "${value}"` }] : [],
  );
}

function checkUrlPath(path: MaskingProblem["path"], value: string | undefined): readonly MaskingProblem[] {
  if (value === undefined || parseUrlPath(value, () => undefined) !== undefined) return [];
  return [
    {
      path,
      message: `expected a path with a segment to mask, such as /customers/:id, * for any segment, /** at the end, found "${value}"`,
    },
  ];
}

function checkPattern(path: MaskingProblem["path"], { pattern, flags }: MaskingRule): readonly MaskingProblem[] {
  if (flags !== undefined && pattern === undefined)
    return [{ path: [...path, "flags"], message: "flags belong to a pattern: add one or leave them out" }];
  const unknown = Array.from(flags ?? "").find((flag) => !patternFlags.some((known) => known === flag));
  if (unknown !== undefined)
    return [{ path: [...path, "flags"], message: `expected flags out of ${patternFlags.join(", ")}, found "${unknown}"` }];
  if (pattern === undefined) return [];
  try {
    if (!compilePattern(pattern, flags).test("")) return [];
    return [{ path: [...path, "pattern"], message: `expected a pattern that needs at least one character, found "${pattern}"` }];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [
      {
        path: [...path, "pattern"],
        message: `expected a regular expression in RE2 syntax, without look-around and back-references (which may take for ever), found "${pattern}": ${reason}`,
      },
    ];
  }
}
