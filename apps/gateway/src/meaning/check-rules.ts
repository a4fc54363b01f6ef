import type { ConfigProblem } from "@gatelog/service-kit";
import { parseJsonPath } from "./json-path.ts";
import { labelsMax } from "./limits.ts";
import { PathSyntaxError } from "./path-syntax-error.ts";
import { patternProblem } from "./pattern.ts";
import type { Labels, Rules, Selector, SuccessRule } from "./rules-schema.ts";
import { parseXmlPath } from "./xml-path.ts";

type KeyPath = ConfigProblem["path"];

/** What is wrong with rules beyond what the schema says: paths, regular expressions, keys that do not go together. */
export function checkRules(rules: Rules, path: KeyPath): readonly ConfigProblem[] {
  return [
    ...selectorsOf(rules).flatMap(([selector, keys]) => checkSelector(selector, [...path, ...keys])),
    ...(rules.success === undefined ? [] : checkSuccess(rules.success, [...path, "success"])),
  ];
}

/** Labels of a route, those of its rules included, that are more than a record holds. */
export function checkLabelCount(labels: Labels, rules: Rules, path: KeyPath): readonly ConfigProblem[] {
  const names = new Set([...Object.keys(labels), ...Object.keys(rules.labels ?? {})]);
  if (names.size <= labelsMax) return [];
  return [{ path, message: `expected at most ${labelsMax} labels, those of the file and of the rules included, found ${names.size}` }];
}

function selectorsOf(rules: Rules): readonly (readonly [Selector, KeyPath])[] {
  const { success, bizCode, bizMessage, bizKeys = [], operation, labels = {} } = rules;
  const single = Object.entries({ success, bizCode, bizMessage, operation });
  return [
    ...single.flatMap(([key, selector]) => (selector === undefined ? [] : [[selector, [key]] as const])),
    ...bizKeys.map((selector, index) => [selector, ["bizKeys", index]] as const),
    ...Object.entries(labels).map(([name, selector]) => [selector, ["labels", name]] as const),
  ];
}

function checkSelector(selector: Selector, path: KeyPath): readonly ConfigProblem[] {
  const problem = (key: keyof Selector, message: string | undefined) => (message === undefined ? [] : [{ path: [...path, key], message }]);
  const withoutSide = (["query", "soap", "soapFault"] as const).find((key) => selector[key] !== undefined);
  return [
    ...problem("json", selector.json === undefined ? undefined : pathProblem(parseJsonPath, selector.json)),
    ...problem("xml", selector.xml === undefined ? undefined : pathProblem(parseXmlPath, selector.xml)),
    ...problem("pattern", selector.pattern === undefined ? undefined : patternProblem(selector.pattern)),
    ...problem(
      "of",
      selector.of !== undefined && withoutSide !== undefined ? `has no meaning beside ${withoutSide}, leave it out` : undefined,
    ),
  ];
}

function pathProblem(parse: (path: string) => unknown, path: string): string | undefined {
  try {
    parse(path);
    return undefined;
  } catch (error) {
    if (error instanceof PathSyntaxError) return error.message;
    throw error;
  }
}

const tests = ["in", "notIn", "matches", "exists"] as const;

function checkSuccess(rule: SuccessRule, path: KeyPath): readonly ConfigProblem[] {
  const given = tests.filter((key) => rule[key] !== undefined);
  const regexp = rule.matches === undefined ? undefined : patternProblem(rule.matches);
  return [
    ...checkTests(rule, given, path),
    ...(regexp === undefined ? [] : [{ path: [...path, "matches"], message: regexp }]),
    ...(rule.whenAbsent !== undefined && (rule.exists !== undefined || rule.soapFault)
      ? [{ path: [...path, "whenAbsent"], message: `has no meaning beside ${rule.soapFault ? "soapFault" : "exists"}, leave it out` }]
      : []),
  ];
}

function checkTests(rule: SuccessRule, given: readonly string[], path: KeyPath): readonly ConfigProblem[] {
  const [first] = given;
  if (rule.soapFault)
    return first === undefined ? [] : [{ path: [...path, first], message: "has no meaning beside soapFault, leave it out" }];
  if (given.length === 1) return [];
  const found = given.length === 0 ? "none of them" : given.join(" and ");
  return [{ path, message: `expected exactly one of the keys ${tests.join(", ")}, found ${found}` }];
}
